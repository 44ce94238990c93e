from __future__ import annotations

import itertools
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqtag
from seqtag.api import streams
from seqtag.api.streams import CHUNK_TOKENS, FIRST_CHUNK_TOKENS
from seqtag.batching import word_cache
from seqtag.errors import ConfigError
from seqtag.text.schemes import find_spans
from seqtag.text.sentence import Sentence, Span
from tests.helpers import run_threads

WORDS = ["Mr", "Harlan", "Deerk", "flew", "from", "Lake", "Ossel", "to", "Brinford", ".", "7"]
SENTENCE = [*WORDS[:7], "to", "Brinford", "."]

tokens = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=12)


def assert_same(first: Sentence, second: Sentence) -> None:
    """Two results for the same sentence may differ by what rounding does, and no more."""
    assert first.tokens == second.tokens
    assert first.tags_by == second.tags_by
    for name, marginals in first.marginals_by.items():
        np.testing.assert_allclose(marginals, second.marginals_by[name], atol=1e-5)
        np.testing.assert_allclose(first.scores_by[name], second.scores_by[name], atol=1e-5)
    assert [tags for tags, _ in first.nbest] == [tags for tags, _ in second.nbest]
    np.testing.assert_allclose(
        [score for _, score in first.nbest], [score for _, score in second.nbest], atol=1e-5
    )
    for a, b in zip(first.spans, second.spans, strict=True):
        assert (a.start, a.end, a.label, a.text) == (b.start, b.end, b.label, b.text)
        assert a.score == pytest.approx(b.score, abs=1e-5)


# One sentence


def test_every_token_gets_a_tag_and_its_probability(ner: seqtag.Tagger) -> None:
    sentence = ner.tag(SENTENCE)
    assert sentence.tokens == SENTENCE
    assert len(sentence.tags) == len(sentence.scores) == len(SENTENCE)
    assert all(isinstance(tag, str) for tag in sentence.tags)
    assert all(isinstance(score, float) and 0 < score <= 1 for score in sentence.scores)
    assert set(sentence.tags) > {"O"}  # else the tests below would prove little


def test_marginals_are_a_distribution_over_the_tags_for_each_token(
    ner: seqtag.Tagger, pos: seqtag.Tagger
) -> None:
    for tagger in (ner, pos):
        sentence = tagger.tag(SENTENCE)
        assert sentence.marginals_by.keys() == tagger.tags_by.keys()
        for name, marginals in sentence.marginals_by.items():
            assert marginals.shape == (len(SENTENCE), len(tagger.tags_by[name]))
            assert (marginals >= 0).all()
            np.testing.assert_allclose(marginals.sum(axis=1), 1, atol=1e-5)


def test_scores_are_the_marginals_of_the_tags(ner: seqtag.Tagger, pos: seqtag.Tagger) -> None:
    for tagger in (ner, pos):
        sentence = tagger.tag(SENTENCE)
        for name, tags in sentence.tags_by.items():
            columns = [tagger.tags_by[name].index(tag) for tag in tags]
            expected = sentence.marginals_by[name][np.arange(len(tags)), columns]
            np.testing.assert_allclose(sentence.scores_by[name], expected, atol=1e-6)


def test_first_column_is_the_main_one(pos: seqtag.Tagger) -> None:
    sentence = pos.tag(SENTENCE)
    assert list(sentence.tags_by) == ["UPOS", "XPOS"]
    assert sentence.tags == sentence.tags_by["UPOS"]
    assert sentence.scores == sentence.scores_by["UPOS"]
    assert sentence.marginals is sentence.marginals_by["UPOS"]
    assert sentence.spans == []


def test_spans_are_those_that_the_tags_describe(ner: seqtag.Tagger) -> None:
    sentence = ner.tag(SENTENCE)
    assert [(s.start, s.end, s.label) for s in sentence.spans] == find_spans(sentence.tags)
    for span in sentence.spans:
        assert isinstance(span, Span)
        assert 0 < span.score <= 1
        assert span.text == " ".join(SENTENCE[span.start : span.end])
        assert sentence.text[span.start_char : span.end_char] == span.text


def test_nbest_begins_with_the_tags_and_falls(ner: seqtag.Tagger, pos: seqtag.Tagger) -> None:
    for tagger in (ner, pos):
        sentence = tagger.tag(SENTENCE, nbest=5)
        assert len(sentence.nbest) == 5
        assert sentence.nbest[0][0] == sentence.tags
        scores = [score for _, score in sentence.nbest]
        assert scores == sorted(scores, reverse=True)
        assert 0 < sum(scores) <= 1 + 1e-6
        assert len({tuple(tags) for tags, _ in sentence.nbest}) == 5
    assert ner.tag(SENTENCE).nbest == []


@pytest.mark.parametrize("words", [["Lake"], ["Harlan", "Deerk"], ["Lake", "Ossel", "to"]])
def test_all_sequences_account_for_marginals_and_spans(
    ner: seqtag.Tagger, words: list[str]
) -> None:
    """Every probability is a sum over whole sequences, of which a short sentence has few."""
    sentence = ner.tag(words, nbest=9 ** len(words))
    assert sum(score for _, score in sentence.nbest) == pytest.approx(1, abs=1e-6)
    for place in range(len(words)):
        for number, tag in enumerate(ner.tags_by["-1"]):
            expected = sum(score for tags, score in sentence.nbest if tags[place] == tag)
            assert sentence.marginals[place, number] == pytest.approx(expected, abs=1e-5)
    for span in sentence.spans:
        wanted = (span.start, span.end, span.label)
        expected = sum(score for tags, score in sentence.nbest if wanted in find_spans(tags))
        assert span.score == pytest.approx(expected, abs=1e-5)


def test_no_sequence_breaks_the_scheme(ner: seqtag.Tagger) -> None:
    for tags, _ in ner.tag(SENTENCE, nbest=50).nbest:
        for before, tag in itertools.pairwise(["O", *tags]):
            if tag.startswith("I-"):
                assert before in (f"B-{tag[2:]}", tag)


def test_sentence_without_tokens_has_an_empty_result(
    ner: seqtag.Tagger, pos: seqtag.Tagger
) -> None:
    for tagger in (ner, pos):
        sentence = tagger.tag([], nbest=3)
        assert sentence.tokens == sentence.tags == []
        assert sentence.scores == []
        assert sentence.spans == []
        assert sentence.marginals.dtype == tagger.tag(["a"]).marginals.dtype == np.float32
        assert sentence.tags_by.keys() == tagger.tags_by.keys()
        assert sentence.nbest == [([], 1.0)]
        assert sentence.marginals.shape == (0, len(next(iter(tagger.tags_by.values()))))
        assert tagger.tag("  \n ").tokens == []


def test_text_is_tokenized_as_one_sentence(ner: seqtag.Tagger) -> None:
    text = "Mr Deerk flew.  He didn't stop."
    sentence = ner.tag(text)
    assert sentence.tokens == ["Mr", "Deerk", "flew", ".", "He", "did", "n't", "stop", "."]
    assert sentence.text == text
    assert [text[a:b] for a, b in sentence.offsets] == sentence.tokens


def test_text_is_split_with_offsets_in_the_whole(ner: seqtag.Tagger) -> None:
    text = "Harlan Deerk flew to Lake Ossel.\n He stayed there, in Brinford."
    first, second = ner.tag_text(text, nbest=2)
    assert first.tokens[0] == "Harlan"
    assert second.tokens[0] == "He"
    for sentence in (first, second):
        assert len(sentence.nbest) == 2
        assert [text[a:b] for a, b in sentence.offsets] == sentence.tokens
        for span in sentence.spans:
            assert text[span.start_char : span.end_char] == span.text


def test_sentence_is_not_changed_by_being_tagged(ner: seqtag.Tagger) -> None:
    given_tags = {"gold": ["O"] * len(SENTENCE)}
    sentence = Sentence(list(SENTENCE), dict(given_tags))
    result = ner.tag(sentence)
    assert result is not sentence
    assert sentence.tags_by == given_tags
    assert sentence.scores == []
    assert list(result.tags_by) == ["-1"]


def test_sentence_keeps_its_text_and_offsets(ner: seqtag.Tagger) -> None:
    sentence = Sentence(["Harlan", "!"], text="<b>Harlan</b>!", offsets=[(3, 9), (13, 14)])
    result = ner.tag(sentence)
    assert (result.text, result.offsets) == (sentence.text, sentence.offsets)


def test_any_characters_may_stand_in_a_token(ner: seqtag.Tagger, pos: seqtag.Tagger) -> None:
    words = [
        "",
        " ",
        "\n",
        "\0",
        "\u0085",
        "\u2028",
        "\ufeff",
        "😀",
        "é",
        "\ud800",
        "東京",
        "#",
        "İ",
    ]
    for tagger in (ner, pos):
        assert tagger.tag(words).tokens == words
        assert len(tagger.tag(words).tags) == len(words)


@pytest.mark.parametrize("bad", [[1], [None], [b"bytes"], ["a", ["b"]], b"bytes"])
def test_tokens_that_are_no_strings_are_refused(ner: seqtag.Tagger, bad: list[str]) -> None:
    with pytest.raises(TypeError, match="give strings"):
        ner.tag(bad)


def test_negative_nbest_is_refused(ner: seqtag.Tagger) -> None:
    with pytest.raises(ConfigError, match="nbest is -1"):
        ner.tag(SENTENCE, nbest=-1)


def test_long_sentence_is_tagged_whole(ner: seqtag.Tagger) -> None:
    words = SENTENCE * 500
    sentence = ner.tag(words)
    assert len(sentence.tags) == 5000
    assert sentence.tags[2500:2510] == ner.tag(SENTENCE * 5).tags[20:30]
    np.testing.assert_allclose(sentence.marginals.sum(axis=1), 1, atol=1e-5)


def test_huge_token_is_tagged_soon(ner: seqtag.Tagger) -> None:
    began = time.perf_counter()
    sentence = ner.tag(["Lake", "x" * 300_000, "Ossel"])
    assert len(sentence.tags) == 3
    assert time.perf_counter() - began < 2


# Many sentences


@settings(max_examples=60)
@given(st.lists(tokens, max_size=8), st.integers(0, 3))
def test_results_do_not_depend_on_the_batch(
    ner: seqtag.Tagger, pos: seqtag.Tagger, sentences: list[list[str]], nbest: int
) -> None:
    for tagger in (ner, pos):
        together = list(tagger.tag_many(sentences, nbest=nbest))
        assert [result.tokens for result in together] == sentences
        for sentence, result in zip(sentences, together, strict=True):
            assert_same(result, tagger.tag(sentence, nbest=nbest))


def test_short_sentence_beside_a_long_one_keeps_its_result(ner: seqtag.Tagger) -> None:
    first, _, last = ner.tag_many([SENTENCE, SENTENCE * 300, SENTENCE])
    assert_same(first, ner.tag(SENTENCE))
    assert_same(last, first)


def test_batch_is_the_same_as_a_stream(ner: seqtag.Tagger) -> None:
    sentences: list[Sequence[str]] = [SENTENCE, [], SENTENCE[:3], "Raw text."]
    for first, second in zip(ner.tag_batch(sentences), ner.tag_many(sentences), strict=True):
        assert_same(first, second)


def test_many_takes_any_mixture_in_order(ner: seqtag.Tagger) -> None:
    sentences: list[str | Sequence[str] | Sentence] = [
        SENTENCE,
        tuple(SENTENCE),
        Sentence(SENTENCE),
        " ".join(SENTENCE),
    ]
    results = list(ner.tag_many(iter(sentences)))
    for result in results:
        assert result.tokens == SENTENCE
        assert_same(result, results[0])


def test_endless_stream_is_read_as_it_is_needed(ner: seqtag.Tagger) -> None:
    taken = 0

    def endless() -> Iterator[list[str]]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield [*SENTENCE[:5], str(number)]

    results = ner.tag_many(endless())
    assert taken == 0
    for number in range(500):
        assert next(results).tokens[-1] == str(number)
    assert taken < 500 + 2 * FIRST_CHUNK_TOKENS
    for _ in range(20_000):
        next(results)
    assert taken < 20_500 + CHUNK_TOKENS


def test_endless_stream_of_empty_sentences_gives_results(ner: seqtag.Tagger) -> None:
    results = ner.tag_many([] for _ in itertools.count())
    assert all(next(results).tags == [] for _ in range(1000))


def test_failure_of_the_stream_is_passed_on(ner: seqtag.Tagger) -> None:
    def failing() -> Iterator[list[str]]:
        yield SENTENCE
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        list(ner.tag_many(failing()))


@pytest.mark.parametrize("words", [None, 20])
def test_threads_that_share_a_tagger_agree_with_one(
    ner_run: object, words: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They fill the memory of words together, and forget it under each other's feet."""
    tagger = seqtag.load(str(ner_run))
    sentences = [[f"{word}{n % 7}" for word in SENTENCE[: 2 + n % 8]] for n in range(60)]
    texts = ["Harlan Deerk flew to Lake Ossel. He stayed.", "Don't panic, it's 7 p.m. in Brinford."]
    expected = list(seqtag.load(str(ner_run)).tag_many(sentences, nbest=2))
    expected_texts = [[s.tokens for s in tagger.tag_text(text)] for text in texts]
    barrier = threading.Barrier(6)
    if words is not None:
        monkeypatch.setattr(word_cache, "MAX_WORD_TYPES", words)

    def work(number: int) -> None:
        barrier.wait()
        for _ in range(3):
            mine = sentences[number:] + sentences[:number]
            for result, wanted in zip(
                tagger.tag_many(mine, nbest=2),
                expected[number:] + expected[:number],
                strict=True,
            ):
                assert_same(result, wanted)
            for text, wanted_tokens in zip(texts, expected_texts, strict=True):
                assert [s.tokens for s in tagger.tag_text(text)] == wanted_tokens

    run_threads(work, 6)


def test_memory_of_words_is_bounded(ner_run: object, monkeypatch: pytest.MonkeyPatch) -> None:
    tagger = seqtag.load(str(ner_run))
    wanted = tagger.tag(SENTENCE)
    monkeypatch.setattr(word_cache, "MAX_WORD_TYPES", 100)
    for number in range(30):
        tagger.tag([f"{number}-{n}" for n in range(20)])
        assert len(tagger._words[0].table) <= 120
    assert_same(tagger.tag(SENTENCE), wanted)


def test_vectors_of_words_are_bounded_by_bytes(
    ner_run: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_cache, "MAX_WORD_MEMORY", 100_000)
    tagger = seqtag.load(str(ner_run))
    wanted = [seqtag.load(str(ner_run)).tag([f"{n}-{m}" for m in range(20)]) for n in range(20)]
    most = 100_000 // (4 * tagger._engine.word_vector_size)
    for number, sentence in enumerate(wanted):
        assert_same(tagger.tag([f"{number}-{m}" for m in range(20)]), sentence)
        assert len(tagger._words[0].table) <= most + 20
    # At once there may be more words than are kept.
    together = list(tagger.tag_many([sentence.tokens for sentence in wanted]))
    for result, sentence in zip(together, wanted, strict=True):
        assert_same(result, sentence)


def test_memory_does_not_grow_with_the_stream(
    ner_run: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endless input in which no sentence comes twice, nor half of the words."""
    monkeypatch.setattr(word_cache, "MAX_WORD_MEMORY", 1 << 20)
    monkeypatch.setattr(streams, "CHUNK_TOKENS", 2048)
    tagger = seqtag.load(str(ner_run))
    results = tagger.tag_many([f"a{n}", "from", "Lake", f"{n}"] for n in itertools.count())
    peaks = []
    tracemalloc.start()
    try:
        for _ in range(5):
            tracemalloc.reset_peak()
            for sentence in itertools.islice(results, 3000):
                assert len(sentence.scores) == 4
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert max(peaks[3:]) < 1.1 * max(peaks[1:3])
    assert max(peaks) < 20 << 20


# Saving


def test_saved_tagger_is_the_same(
    ner: seqtag.Tagger, pos: seqtag.Tagger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for tagger in (ner, pos):
        folder = tmp_path_factory.mktemp("saved") / "model"
        tagger.save(folder)
        again = seqtag.load(folder)
        assert again.tags_by == tagger.tags_by
        assert_same(again.tag(SENTENCE, nbest=3), tagger.tag(SENTENCE, nbest=3))
        again.save(str(folder))
        assert_same(seqtag.load(folder).tag(SENTENCE), tagger.tag(SENTENCE))
