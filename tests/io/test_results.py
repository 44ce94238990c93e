"""Results written from sentences of any source."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import parse_columns
from seqtag.io.results import result_text
from seqtag.text.sentence import Sentence


def ada(name: str = "-1") -> Sentence:
    sentence = Sentence(
        ["Ada", "Lovelace", "."],
        {name: ["B-PER", "I-PER", "O"]},
        {name: [0.99999999, 0.5, 1.0]},
        text=" Ada\n Lovelace.",
        offsets=[(1, 4), (6, 14), (14, 15)],
    )
    sentence.spans_by[name] = [sentence.make_span(0, 2, "PER", 0.123456789)]
    return sentence


def two_columns() -> Sentence:
    return Sentence(
        ["é"], {"UPOS": ["X"], "NER": ["O"]}, scores_by={"UPOS": [0.25], "NER": [0.12345678]}
    )


def test_conll() -> None:
    assert result_text(ada(), "conll") == "Ada\tB-PER\nLovelace\tI-PER\n.\tO\n\n"
    assert result_text(two_columns(), "conll") == "é\tX\tO\n\n"


def test_conll_with_confidence() -> None:
    assert result_text(two_columns(), "conll", confidence=True) == "é\tX\tO\t0.2500\t0.1235\n\n"


def test_conllu() -> None:
    assert result_text(ada("NER"), "conllu") == (
        "# text = Ada Lovelace.\n"
        "1\tAda\t_\t_\t_\t_\t_\t_\t_\tNER=B-PER\n"
        "2\tLovelace\t_\t_\t_\t_\t_\t_\t_\tNER=I-PER|SpaceAfter=No\n"
        "3\t.\t_\t_\t_\t_\t_\t_\t_\tNER=O\n\n"
    )


def test_conllu_with_confidence() -> None:
    assert result_text(two_columns(), "conllu", confidence=True) == (
        "# text = é\n"
        "1\té\t_\tX\t_\t_\t_\t_\t_\tNER=O|UPOSConfidence=0.2500|NERConfidence=0.1235\n\n"
    )


def test_conllu_of_one_sentence_of_a_text_tells_its_own_text() -> None:
    second = Sentence(
        ["It", "rains"], {"UPOS": ["PRON", "VERB"]}, text="Hm. It rains", offsets=[(4, 6), (7, 12)]
    )
    assert result_text(second, "conllu").splitlines()[0] == "# text = It rains"


def test_a_numbered_column_is_called_tag_in_conllu() -> None:
    assert "\tTag=B-PER\n" in result_text(ada("-1"), "conllu")
    several = Sentence(["a"], {"1": ["X"], "-1": ["O"]})
    assert "\tTag1=X|Tag-1=O\n" in result_text(several, "conllu")


def test_space_after_alone_in_misc() -> None:
    sentence = Sentence(["a", "b"], {"UPOS": ["X", "X"]}, text="ab", offsets=[(0, 1), (1, 2)])
    lines = result_text(sentence, "conllu").splitlines()
    assert [line.split("\t")[-1] for line in lines[1:3]] == ["SpaceAfter=No", "_"]


def test_jsonl_has_exactly_the_keys_of_the_contract() -> None:
    assert json.loads(result_text(ada(), "jsonl")) == {
        "tokens": ["Ada", "Lovelace", "."],
        "tags": ["B-PER", "I-PER", "O"],
        "scores": [1.0, 0.5, 1.0],
        "spans": [
            {"start": 0, "end": 2, "label": "PER", "score": 0.123457, "text": "Ada\n Lovelace"}
        ],
    }


def test_jsonl_with_nbest() -> None:
    sentence = ada()
    sentence.nbest = [(["O", "O", "O"], 0.12345678), (["B", "O", "O"], 0.1)]
    assert json.loads(result_text(sentence, "jsonl"))["nbest"] == [
        {"tags": ["O", "O", "O"], "score": 0.123457},
        {"tags": ["B", "O", "O"], "score": 0.1},
    ]


def test_jsonl_with_several_columns() -> None:
    text = result_text(two_columns(), "jsonl")
    assert "é" in text
    result = json.loads(text)
    assert (result["tags"], result["scores"]) == (["X"], [0.25])
    assert result["tags_by"] == {"UPOS": ["X"], "NER": ["O"]}
    assert result["scores_by"] == {"UPOS": [0.25], "NER": [0.123457]}


def test_a_sentence_of_no_tokens() -> None:
    empty = Sentence([], {"-1": []}, {"-1": []})
    assert result_text(empty, "conll") == "\n"
    assert result_text(empty, "conllu") == ""
    assert json.loads(result_text(empty, "jsonl")) == {
        "tokens": [],
        "tags": [],
        "scores": [],
        "spans": [],
    }


@pytest.mark.parametrize("format", ["conll", "conllu"])
@pytest.mark.parametrize("mark", ["\t", "\n"])
def test_tabs_and_line_ends_are_refused_where_they_would_break_a_row(
    format: str, mark: str
) -> None:
    for token, tag in [(f"a{mark}b", "O"), ("a", f"O{mark}")]:
        with pytest.raises(DataError, match=r"holds a tab or a line end.*write jsonl"):
            result_text(Sentence([token], {"UPOS": [tag]}), format)  # type: ignore[arg-type]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n"), max_size=5)


@given(st.lists(st.tuples(cells, cells), min_size=1))
def test_conll_is_read_back(pairs: list[tuple[str, str]]) -> None:
    tokens = [token + "x" for token, _ in pairs]
    # Neither a byte order mark in front of a file nor half a CRLF.
    tokens[0] = "x" + tokens[0]
    tags = [tag + "x" for _, tag in pairs]
    text = result_text(Sentence(tokens, {"-1": tags}), "conll")
    columns = parse_columns(None, "conll")
    (block,) = read_blocks(io.BytesIO(text.encode()), columns, "conll")
    assert (block.sentence.tokens, block.sentence.tags) == (tokens, tags)


@given(st.lists(st.tuples(cells, cells), min_size=1), st.booleans())
def test_conllu_is_read_back(pairs: list[tuple[str, str]], spaces: bool) -> None:
    tokens = [token + "x" for token, _ in pairs]
    tags = [tag + "x" for _, tag in pairs]
    text, offsets = "", []
    for token in tokens:
        text += " " if spaces else ""
        offsets.append((len(text), len(text) + len(token)))
        text += token
    sentence = Sentence(tokens, {"XPOS": tags}, text=text, offsets=offsets)
    written = result_text(sentence, "conllu")
    columns = parse_columns("tag=XPOS+SpaceAfter", "conllu")
    (block,) = read_blocks(io.BytesIO(written.encode()), columns, "conllu")
    assert block.sentence.tokens == tokens
    assert block.sentence.tags_by["XPOS"] == tags
    assert block.sentence.tags_by["SpaceAfter"][:-1] == ["_" if spaces else "No"] * (len(pairs) - 1)
