from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.config import RunConfig, resolve
from seqtag.errors import ConfigError
from seqtag.text.features import word_features
from seqtag.text.schemes import Scheme, convert, encode_spans
from seqtag.text.sentence import Sentence
from seqtag.training.preparation import (
    MOST_AUXILIARY_TAGS,
    build_auxiliary,
    build_spec,
    count_unknown_tags,
    in_file_scheme,
    resolve_training,
    split_dev,
)
from seqtag.training.spec import TaggerSpec

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


def sentence(tokens: str, tags: str = "", name: str = "T") -> Sentence:
    return Sentence(tokens.split(), {name: tags.split() or ["A"] * len(tokens.split())})


def make_config(**settings: Any) -> RunConfig:  # noqa: ANN401 - of many types
    """Return a configuration; ``head__crf`` stands for ``head.crf``."""
    values: dict[str, Any] = {}
    for key, value in settings.items():
        section, _, name = key.partition("__")
        values.setdefault(section, {})[name] = value
    return resolve(values)


def make_spec(
    sentences: list[Sentence],
    config: RunConfig | None = None,
    *,
    columns: tuple[str, ...] = ("T",),
    base: TaggerSpec | None = None,
) -> TaggerSpec:
    return build_spec(
        config or RunConfig(),
        sentences,
        columns,
        format="conll",
        file_columns="token=0,tag=-1",
        file_width=2,
        base=base,
    )


@given(st.integers(2, 200), st.floats(0.01, 0.5))
def test_dev_is_split_off_without_loss_or_overlap(count: int, share: float) -> None:
    sentences = [Sentence([str(number)]) for number in range(count)]
    train, dev = split_dev(sentences, share)
    numbers = [[int(s.tokens[0]) for s in part] for part in (train, dev)]
    assert sorted(numbers[0] + numbers[1]) == list(range(count))
    assert all(part == sorted(part) for part in numbers)  # in the order of the file
    assert len(dev) == max(1, round(count * share))
    assert train


def test_what_is_split_off_is_always_the_same() -> None:
    sentences = [Sentence([str(number)]) for number in range(100)]
    first, second = split_dev(sentences, 0.1), split_dev(sentences, 0.1)
    assert [list(part) for part in first] == [list(part) for part in second]


def test_single_sentence_is_both_train_and_dev() -> None:
    sentences = [Sentence(["a"])]
    assert split_dev(sentences, 0.1) == (sentences, sentences)
    assert split_dev([], 0.1) == ([], [])


def test_training_that_was_asked_for_is_kept() -> None:
    config = make_config(training__epochs=3, training__batch_tokens=77)
    assert resolve_training(config, 10**6) == config


@pytest.mark.parametrize("tokens", [1, 500, 20_000, 10**8])
def test_training_of_any_size_gets_epochs_and_batches(tokens: int) -> None:
    training = resolve_training(make_config(training__epochs=0), tokens).training
    assert training.epochs >= 1
    assert training.batch_tokens >= 1
    unchanged = dataclasses.replace(training, epochs=0, batch_tokens=0)
    assert unchanged == dataclasses.replace(RunConfig().training, epochs=0, batch_tokens=0)


def test_epochs_by_size_are_multiplied_and_those_given_are_not() -> None:
    once = resolve_training(make_config(), 10**5).training.epochs
    twice = resolve_training(make_config(training__epochs_factor=2.0), 10**5).training.epochs
    assert twice == 2 * once
    given = make_config(training__epochs=3, training__epochs_factor=2.0)
    assert resolve_training(given, 10**5).training.epochs == 3
    tiny = make_config(training__epochs_factor=0.01)
    assert resolve_training(tiny, 10**5).training.epochs == 1


@pytest.mark.parametrize(("tokens", "epochs"), [(20_000, 40), (130_000, 10), (10**7, 4)])
def test_classifiers_take_more_epochs_on_small_corpora_and_fewer_on_large(
    tokens: int, epochs: int
) -> None:
    config = resolve({"task": "classify"})
    assert resolve_training(config, tokens).training.epochs == epochs


def test_words_and_tags_are_counted_in_the_training_part() -> None:
    spec = make_spec([sentence("a b b", "N V V"), sentence("b c", "V N")])
    assert spec.words.items == ["b", "a", "c"]
    assert spec.rare_words == frozenset()
    assert spec.columns[0].tags.items == ["V", "N"]
    assert spec.facts == {"sentences": 2, "tokens": 5}


def test_rare_words_have_no_vector_but_are_known() -> None:
    spec = make_spec([sentence("a b b c")], make_config(embedding__word_min_count=2))
    assert spec.words.items == ["b"]
    assert spec.rare_words == {"a", "c"}
    assert all(word in spec.known_words for word in "abc")
    assert "d" not in spec.known_words


def test_characters_are_counted_where_the_model_reads_them() -> None:
    sentences = [sentence("ab b"), sentence("ab")]
    assert make_spec(sentences).characters is None
    characters = make_spec(sentences, make_config(embedding__characters="cnn")).characters
    assert characters is not None
    assert characters.items == ["b", "a"]


def test_characters_in_the_middle_of_a_blob_are_not_counted() -> None:
    """The model does not read them either."""
    blob = "a" * 30 + "é" + "b" * 30
    characters = make_spec([sentence(blob)], make_config(embedding__characters="cnn")).characters
    assert characters is not None
    assert characters.items == ["a", "b"]


def test_ngrams_are_those_that_words_share() -> None:
    sentences = [sentence("Cats cats cats"), sentence("cat dog1 dog1")]
    ngrams = make_spec(sentences).ngrams
    assert ngrams is not None
    shared = ["n<ca", "n<cat", "ncat", "pc", "pca", "pcat"]  # of Cats, cats and cat
    pairs = ["ncats", "nats", "nats>", "ncats>", "nts>", "rx", "ss", "sts", "sats", "scats"]
    pairs += ["n<cats", "wcats", "pcats"]  # of Cats and cats; and rx of cats and cat
    assert ngrams.items == shared + sorted(n for n in pairs if len(n) <= 6)
    assert not ngrams.has_unknown


def test_number_of_words_that_share_an_ngram_can_be_set() -> None:
    sentences = [sentence("Cats cats cat dog")]
    ngrams = make_spec(sentences, make_config(embedding__ngram_min_words=3)).ngrams
    assert ngrams is not None
    assert ngrams.items == ["n<ca", "n<cat", "ncat", "pc", "pca", "pcat", "rx"]
    ngrams = make_spec(sentences, make_config(embedding__ngram_min_words=1)).ngrams
    assert ngrams is not None
    features = {
        feature for word in ("Cats", "cats", "cat", "dog") for feature in word_features(word)
    }
    assert set(ngrams.items) == features


def test_ngrams_of_most_words_are_kept_where_there_are_too_many() -> None:
    ngrams = make_spec([sentence("Cats cats cat")], make_config(embedding__max_ngrams=3)).ngrams
    assert ngrams is not None
    assert ngrams.items == ["n<ca", "n<cat", "ncat"]


def test_ngrams_are_not_counted_where_the_model_reads_none() -> None:
    assert make_spec([sentence("a ab")], make_config(embedding__ngram_size=0)).ngrams is None


def test_ngrams_of_the_base_come_first_in_their_order() -> None:
    config = make_config(embedding__max_ngrams=8)
    base = make_spec([sentence("bat cat")], config)
    spec = make_spec([sentence("cat rat Dogs dogs")], config, base=base)
    assert base.ngrams is not None
    assert spec.ngrams is not None
    assert base.ngrams.items == ["hxxx", "nat>", "rx", "sat", "st"]
    assert spec.ngrams.items == [*base.ngrams.items, "n<do", "n<dog", "n<dogs"]


def test_description_of_the_files_is_kept() -> None:
    spec = make_spec([sentence("a")], make_config(data__comment="#", data__language="de"))
    assert (spec.format, spec.file_columns, spec.file_width) == ("conll", "token=0,tag=-1", 2)
    assert (spec.comment, spec.language) == ("#", "de")
    assert (spec.embedding, spec.encoder) == (RunConfig().embedding, RunConfig().encoder)


def spans_in(scheme: Scheme) -> list[Sentence]:
    """Return spans of all sizes side by side; in IOB1 that differs from BIO."""
    spans = [(0, 3, "X"), (3, 5, "X"), (5, 6, "X"), (7, 8, "Y")]
    return [Sentence(list("abcdefgh"), {"T": encode_spans(spans, 8, scheme)})]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scheme_of_the_files_is_found_and_told(
    scheme: Scheme, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "seqtag")
    column = make_spec(spans_in(scheme)).columns[0]
    assert column.file_scheme == scheme
    assert column.scheme is not None
    assert caplog.messages == [f"column T: spans in scheme {scheme}"]


def test_scheme_that_was_named_is_not_looked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "seqtag")
    column = make_spec(spans_in("bio"), make_config(data__scheme="iob1")).columns[0]
    assert column.file_scheme == "iob1"
    assert caplog.messages == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("file_scheme", SCHEMES)
def test_scheme_to_train_in_is_the_one_asked_for(scheme: Scheme, file_scheme: Scheme) -> None:
    sentences = spans_in(file_scheme)
    column = make_spec(sentences, make_config(head__scheme=scheme)).columns[0]
    assert (column.file_scheme, column.scheme) == (file_scheme, scheme)
    tags = column.to_model(sentences[0].tags)
    assert tags == convert(sentences[0].tags, scheme)
    assert all(tag in column.tags for tag in tags)
    assert column.to_file(tags) == sentences[0].tags


def test_broken_tags_are_told_with_their_first_place(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "seqtag")
    sentences = [
        sentence("a b", "B-X O"),
        sentence("a b c d", "O B-Y I-X B-X"),
        sentence("a", "I-X"),
    ]
    spec = make_spec(sentences)
    assert spec.columns[0].file_scheme == "bio"
    assert caplog.messages == [
        "column T: 2 tags break scheme bio, first token 3 of sentence 2; they are read as "
        "conlleval does"
    ]


def test_tags_that_are_no_spans_have_no_scheme(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "seqtag")
    for tags in ("N V", "O O", "B-X N", "_ O"):
        column = make_spec([sentence("a b", tags)]).columns[0]
        assert (column.file_scheme, column.scheme) == (None, None)
        assert column.tags.items == sorted(set(tags.split()))
    assert caplog.messages == []


def test_spans_can_be_taken_as_plain_tags() -> None:
    column = make_spec(spans_in("bio"), make_config(data__scheme="none")).columns[0]
    assert (column.file_scheme, column.scheme) == (None, None)
    assert set(column.tags) == {"O", "B-X", "I-X", "B-Y"}
    assert not column.crf


@pytest.mark.parametrize("key", ["data__scheme", "head__scheme"])
def test_scheme_for_tags_that_are_no_spans_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match=r"scheme bioes is asked for, .* 'N' are no spans"):
        make_spec([sentence("a b", "N V"), sentence("c", "N")], make_config(**{key: "bioes"}))


def test_scheme_is_for_the_columns_that_have_spans() -> None:
    both = [Sentence(["a"], {"POS": ["N"], "NER": ["B-X"]})]
    spec = make_spec(both, make_config(head__scheme="bioes"), columns=("POS", "NER"))
    assert [column.scheme for column in spec.columns] == [None, "bioes"]
    assert [column.name for column in spec.columns] == ["POS", "NER"]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [("iob1", "OIB"), ("bio", "OBI"), ("bioes", "OBIES"), ("bilou", "OBILU")],
)
def test_all_tags_of_a_label_are_listed(scheme: Scheme, tags: str) -> None:
    """A label seen in spans of one token alone may come in longer ones, and before others."""
    sentences = [sentence("a b c", "B-X O B-Y-Z")]
    column = make_spec(sentences, make_config(head__scheme=scheme)).columns[0]
    labels = ("X", "Y-Z")
    expected = {"O", *(f"{prefix}-{label}" for prefix in tags[1:] for label in labels)}
    assert set(column.tags) == expected


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_tag_is_a_dead_end(scheme: Scheme) -> None:
    """From the start every tag can be reached, and from every tag the end."""
    config = make_config(head__scheme=scheme)
    moves, start, end = make_spec(spans_in("bio"), config).columns[0].allowed()
    forwards = {n for n, allowed in enumerate(start) if allowed}
    backwards = {n for n, allowed in enumerate(end) if allowed}
    for _ in moves:
        forwards |= {b for a in forwards for b, allowed in enumerate(moves[a]) if allowed}
        backwards |= {a for a, row in enumerate(moves) if any(row[b] for b in backwards)}
    assert forwards == backwards == set(range(len(moves)))


@pytest.mark.parametrize(
    ("asked", "spans", "plain"), [("auto", True, False), (True, True, True), (False, False, False)]
)
def test_crf_is_for_spans_unless_said_otherwise(
    asked: str | bool, spans: bool, plain: bool
) -> None:
    both = [Sentence(["a"], {"NER": ["B-X"], "POS": ["N"]})]
    spec = make_spec(both, make_config(head__crf=asked), columns=("NER", "POS"))
    assert [column.crf for column in spec.columns] == [spans, plain]


def test_words_characters_and_tags_of_the_base_come_first_in_their_order() -> None:
    config = make_config(embedding__characters="cnn", head__scheme="bio")
    base = make_spec([sentence("z y y", "B-Q O O")], config)
    spec = make_spec([sentence("a a a y b", "B-X O B-Q I-Q O")], config, base=base)
    assert spec.words.items == ["y", "z", "a", "b"]
    assert base.characters is not None
    assert spec.characters is not None
    assert spec.characters.items == [*base.characters.items, "a", "b"]
    tags, base_tags = spec.columns[0].tags.items, base.columns[0].tags.items
    assert tags[: len(base_tags)] == base_tags
    assert set(tags[len(base_tags) :]) == {"B-X", "I-X"}


def test_tags_of_another_column_or_scheme_of_the_base_are_left_out() -> None:
    base = make_spec([sentence("a", "B-Q")], make_config(head__scheme="bio"))
    other_scheme = make_spec([sentence("a", "B-X")], make_config(head__scheme="bioes"), base=base)
    assert not [tag for tag in other_scheme.columns[0].tags if tag.endswith("Q")]
    renamed = [sentence("a", "B-X", name="U")]
    other_name = make_spec(renamed, make_config(head__scheme="bio"), columns=("U",), base=base)
    assert not [tag for tag in other_name.columns[0].tags if tag.endswith("Q")]


def test_rare_word_of_the_base_keeps_its_vector() -> None:
    config = make_config(embedding__word_min_count=2)
    base = make_spec([sentence("a a b")], config)
    spec = make_spec([sentence("a b b")], config, base=base)
    assert spec.words.items == ["a", "b"]
    assert spec.rare_words == frozenset()


def test_unknown_tags_are_counted_by_column() -> None:
    train = [Sentence(["a", "b"], {"NER": ["B-X", "I-X"], "POS": ["N", "V"]})]
    spec = make_spec(train, make_config(head__scheme="bio"), columns=("NER", "POS"))
    dev = [
        Sentence(["a", "b", "c"], {"NER": ["B-Z", "I-Z", "B-X"], "POS": ["N", "N", "V"]}),
        Sentence(["a"], {"NER": ["S-Z"], "POS": ["N"]}),
    ]
    unknown = count_unknown_tags(spec.columns, dev)
    assert unknown == {"NER": Counter({"B-Z": 1, "I-Z": 1, "S-Z": 1})}


def test_known_spans_in_another_scheme_are_no_unknown_tags() -> None:
    spec = make_spec([sentence("a b", "B-X O")], make_config(head__scheme="bio"))
    assert count_unknown_tags(spec.columns, [sentence("a b c", "S-X B-X E-X")]) == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("file_scheme", SCHEMES)
def test_other_files_are_read_in_the_scheme_of_the_training_file(
    file_scheme: Scheme, scheme: Scheme, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "seqtag")
    column = make_spec(spans_in(file_scheme)).columns[0]
    assert column.file_scheme == file_scheme
    read = in_file_scheme(column, spans_in(scheme), "dev")
    assert [s.tags for s in read] == [s.tags for s in spans_in(file_scheme)]
    told = [f"column T: dev is written in scheme {scheme}, it is read as {file_scheme} like the "]
    assert [m[: len(told[0])] for m in caplog.messages] == (told if scheme != file_scheme else [])


def test_files_in_which_schemes_do_not_differ_stay_as_they_are(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "seqtag")
    column = make_spec(spans_in("iob1")).columns[0]
    for tags in ("O O O", "I-X I-X O"):
        sentences = [sentence("a b c", tags)]
        assert in_file_scheme(column, sentences, "dev") == sentences
    assert not caplog.messages


@pytest.mark.parametrize("named", [True, False])
def test_auxiliary_columns_that_tell_nothing_are_left_out(
    named: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "seqtag")
    sentences = [
        Sentence(["a", "b"], {"T": ["N", "V"], "X": ["x", "y"], "E": ["_", "_"]}),
        Sentence(["c"], {"T": ["N"], "X": ["x"], "E": ["_"]}),
    ]
    (column,) = build_auxiliary(sentences, ["X", "E"], named=named)
    assert (column.name, column.tags.items, column.scheme, column.crf) == (
        "X",
        ["x", "y"],
        None,
        False,
    )
    many = [Sentence([str(n)], {"W": [str(n)]}) for n in range(MOST_AUXILIARY_TAGS + 1)]
    assert build_auxiliary(many, ["W"], named=named) == []
    assert len(build_auxiliary(many[1:], ["W"], named=named)) == 1
    assert caplog.messages == [
        "column E is not learnt beside the tags: it has the same value at every token",
        "column W is not learnt beside the tags: it has 1,001 different values, more than 1,000",
    ]
    assert {r.levelname for r in caplog.records} == {"WARNING" if named else "INFO"}
