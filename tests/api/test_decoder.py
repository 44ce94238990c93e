from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from seqtag.api.decoder import BatchResults, ColumnDecoder
from seqtag.decoding import Transitions, marginals, viterbi
from seqtag.text.schemes import Scheme, convert, find_spans
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import run_threads

WORD_TAGS = ["NOUN", "VERB", "X"]
SPAN_TAGS = ["O", "B-A", "I-A", "E-A", "S-A", "S-B"]
LENGTHS = np.array([4, 1, 6])


def make_column(
    tags: Sequence[str], scheme: Scheme | None, file_scheme: Scheme | None
) -> TagColumn:
    vocabulary = Vocabulary(tags, has_unknown=False)
    return TagColumn(name="T", tags=vocabulary, scheme=scheme, file_scheme=file_scheme, crf=False)


def transitions_of(column: TagColumn) -> Transitions:
    return Transitions(*(np.where(allowed, 0.0, -1e4) for allowed in column.allowed()))


def make_emissions(n_tags: int, seed: int = 0) -> npt.NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.normal(scale=3, size=(3, 6, n_tags)).astype(np.float32)


def decode(
    column: TagColumn, emissions: npt.NDArray[np.float32]
) -> tuple[list[Sentence], BatchResults]:
    results = BatchResults([ColumnDecoder(column, transitions_of(column))], [emissions], LENGTHS)
    sentences = []
    for row, (length, tags) in enumerate(zip(LENGTHS, results.tags()[0], strict=True)):
        sentence = Sentence([f"w{n}" for n in range(length)], {"T": tags})
        sentence.expect(results, row)
        sentences.append(sentence)
    return sentences, results


def test_tags_of_a_free_column_are_each_tokens_best() -> None:
    emissions = make_emissions(3)
    sentences, _ = decode(make_column(WORD_TAGS, None, None), emissions)
    for sentence, scores, length in zip(sentences, emissions, LENGTHS, strict=True):
        assert sentence.tags == [WORD_TAGS[n] for n in scores[:length].argmax(axis=1)]
        weights = np.exp(scores[:length].astype(np.float64))
        expected = weights / weights.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(sentence.marginals, expected, atol=1e-6)
        np.testing.assert_allclose(sentence.scores, expected.max(axis=1), atol=1e-6)
        assert sentence.marginals.dtype == np.float32
        assert sentence.spans_by == {}


@pytest.mark.parametrize("file_scheme", ["bio", "iob1", "bioes", "bilou"])
@pytest.mark.parametrize("outside", [True, False])
def test_tags_of_spans_are_those_of_the_best_path_in_the_files_scheme(
    file_scheme: Scheme, outside: bool
) -> None:
    """Also where there is no valid path, for want of a tag that can stand alone."""
    tags = SPAN_TAGS if outside else SPAN_TAGS[1:4]
    column = make_column(tags, "bioes", file_scheme)
    for seed in range(5):
        emissions = make_emissions(len(tags), seed)
        sentences, _ = decode(column, emissions)
        paths, _ = viterbi(emissions, LENGTHS, transitions_of(column))
        for sentence, path, length in zip(sentences, paths, LENGTHS, strict=True):
            given = [tags[n] for n in path[:length]]
            wanted = given if file_scheme == "bioes" else convert(given, file_scheme)
            assert sentence.tags == wanted
            spans = [(span.start, span.end, span.label) for span in sentence.spans]
            assert spans == find_spans(wanted)


def test_marginals_are_added_up_where_several_tags_are_one_of_the_files() -> None:
    column = make_column(SPAN_TAGS, "bioes", "bio")
    emissions = make_emissions(6)
    sentences, _ = decode(column, emissions)
    expected = marginals(emissions, LENGTHS, transitions_of(column))
    decoder = ColumnDecoder(column, transitions_of(column))
    assert decoder.marginal_tags == ["O", "B-A", "I-A", "B-B"]
    groups = ([0], [1, 4], [2, 3], [5])
    folded = np.stack([expected[..., group].sum(axis=-1) for group in groups], axis=-1)
    for row, sentence in enumerate(sentences):
        np.testing.assert_allclose(sentence.marginals, folded[row, : len(sentence)], atol=1e-6)
        places = [decoder.marginal_tags.index(tag) for tag in sentence.tags]
        chosen = folded[row, np.arange(len(sentence)), places]
        np.testing.assert_allclose(sentence.scores, chosen, atol=1e-6)


def test_a_batch_is_computed_once_and_emissions_are_dropped_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    compute = BatchResults._compute

    def count(results: BatchResults) -> object:
        calls.append(1)
        return compute(results)

    monkeypatch.setattr(BatchResults, "_compute", count)
    emissions = make_emissions(6)
    alive = weakref.ref(emissions)
    sentences, _ = decode(make_column(SPAN_TAGS, "bioes", "bio"), emissions)
    del emissions
    assert calls == []
    assert alive() is not None
    assert [len(sentence.scores) for sentence in sentences] == LENGTHS.tolist()
    gc.collect()
    assert calls == [1]
    assert alive() is None


def test_nothing_of_the_batch_is_kept_by_results_whose_marginals_are_dropped() -> None:
    sentences, results = decode(make_column(SPAN_TAGS, "bioes", "bio"), make_emissions(6))
    alive = weakref.ref(results)
    del results
    for sentence in sentences:
        sentence.marginals_by.clear()
    gc.collect()
    assert alive() is None
    assert len(sentences[0].scores) == 4


def test_threads_may_ask_for_results_at_the_same_time() -> None:
    column = make_column(SPAN_TAGS, "bioes", "bio")
    for seed in range(10):
        expected, _ = decode(column, make_emissions(6, seed))
        sentences, _ = decode(column, make_emissions(6, seed))

        scores = [sentence.scores for sentence in expected]

        def work(number: int, sentences: list[Sentence], expected: list[Sentence]) -> None:
            for place in range(3):
                mine, wanted = sentences[(place + number) % 3], expected[(place + number) % 3]
                assert mine.scores == wanted.scores
                assert mine.spans == wanted.spans
                assert np.array_equal(mine.marginals, wanted.marginals)

        run_threads(partial(work, sentences=sentences, expected=expected), 4)
        assert [sentence.scores for sentence in sentences] == scores
