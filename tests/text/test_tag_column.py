from __future__ import annotations

import pytest

from seqtag.text.schemes import Scheme
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary


def column(tags: str, file_scheme: Scheme | None, scheme: Scheme | None) -> TagColumn:
    vocabulary = Vocabulary(tags.split(), has_unknown=False)
    return TagColumn(name="-1", tags=vocabulary, file_scheme=file_scheme, scheme=scheme, crf=False)


def test_tags_that_are_no_spans_stay_as_they_are() -> None:
    pos = column("NOUN VERB", None, None)
    tags = ["NOUN", "B-X", "I-Y", "_"]
    assert pos.to_model(tags) == tags
    assert pos.to_file(tags) == tags


def test_tags_go_from_the_files_scheme_to_the_models_and_back() -> None:
    ner = column("O", "iob1", "bioes")
    tags = ["I-X", "I-X", "B-X", "O", "I-Y"]
    assert ner.to_model(tags) == ["B-X", "E-X", "S-X", "O", "S-Y"]
    assert ner.to_file(ner.to_model(tags)) == tags


def test_tags_that_break_their_scheme_are_learnt_as_the_spans_that_they_mean() -> None:
    ner = column("O", "bio", "bio")
    assert ner.to_model(["I-X", "I-X", "_", "I-Y"]) == ["B-X", "I-X", "O", "B-Y"]


def test_predicted_tags_of_the_files_scheme_are_written_unchanged() -> None:
    ner = column("O", "bio", "bio")
    tags = ["I-X", "O"]
    assert ner.to_file(tags) == tags


def test_results_are_the_callers_own() -> None:
    pos = column("NOUN", None, None)
    tags = ["NOUN"]
    assert pos.to_model(tags) is not tags
    assert pos.to_file(tags) is not tags


def test_everything_is_allowed_where_tags_are_no_spans() -> None:
    moves, start, end = column("NOUN VERB", None, None).allowed()
    assert moves == [[True, True], [True, True]]
    assert start == end == [True, True]


@pytest.mark.parametrize(
    ("scheme", "tags", "moves", "start", "end"),
    [
        ("bio", "O B-X I-X", ["110", "111", "111"], "110", "111"),
        ("bioes", "O B-X I-X E-X S-X", ["11001", "00110", "00110", "11001", "11001"], "11001",
         "10011"),
        ("iob1", "O I-X B-X", ["110", "111", "111"], "110", "111"),
    ],
)  # fmt: skip
def test_allowed_moves_are_those_of_the_models_scheme(
    scheme: Scheme, tags: str, moves: list[str], start: str, end: str
) -> None:
    found = column(tags, "bio", scheme).allowed()
    assert ["".join(str(int(x)) for x in row) for row in found[0]] == moves
    assert "".join(str(int(x)) for x in found[1]) == start
    assert "".join(str(int(x)) for x in found[2]) == end
