from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqtag.batching import WordCache
from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.decoding import Transitions
from seqtag.engines.onnx import OnnxEngine
from seqtag.engines.onnx_tasks import build_graph
from seqtag.engines.torch import TorchEngine
from seqtag.errors import ConfigError
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, ngrams_of, plain_featurizer, run_threads

WORDS = Vocabulary(["a", "b", "c"], has_unknown=True)
CHARACTERS = Vocabulary("abcdefgh", has_unknown=True)
NGRAMS = ngrams_of("abc", "bca", "hgf")
FEATURIZER = plain_featurizer(WORDS, CHARACTERS, NGRAMS)
EMBEDDING = EmbeddingConfig(
    word_size=3,
    ngram_size=3,
    characters="lstm",
    character_size=3,
    character_hidden_size=4,
)
ENCODER = EncoderConfig(hidden_size=4, num_layers=1)
METADATA = {"ngram_rows": str(len(NGRAMS)), "precision": "fp32"}
STRICT = HeadSpec(True, [[True, False], [True, True]], [True, False], [True, True])


@pytest.fixture(scope="module")
def reference() -> TorchEngine:
    torch.manual_seed(1)
    model = TaggerModel(
        EMBEDDING,
        ENCODER,
        num_words=len(WORDS),
        num_characters=len(CHARACTERS) + 1,
        num_ngrams=len(NGRAMS),
        heads=[STRICT],
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return TorchEngine(model)


def build(reference: TorchEngine, bounds: npt.NDArray[np.floating] | None = None) -> bytes:
    return build_graph(
        EMBEDDING,
        ENCODER,
        reference.weights(),
        reference.transitions,
        bounds=bounds,
        metadata={**METADATA, "origin": "here"},
    )


@pytest.fixture(scope="module")
def engine(reference: TorchEngine) -> OnnxEngine:
    return OnnxEngine(build(reference))


def test_many_new_words_are_described_in_groups(engine: OnnxEngine, reference: TorchEngine) -> None:
    generator = np.random.default_rng(1)
    words = [
        "".join(generator.choice(list("abcdefghxyz"), size))
        for size in generator.integers(1, 40, 500)
    ]
    batch = batch_of(FEATURIZER, [words[:200], words[200:], ["a"]])
    found, wanted = engine(batch), reference(batch)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[0][0][batch.mask], wanted[0][0][batch.mask], atol=1e-5)


def test_words_may_have_no_listed_ngram(engine: OnnxEngine, reference: TorchEngine) -> None:
    for sentences in ([["1", "abc", "22"], ["333"]], [["1", "22"]]):
        batch = batch_of(FEATURIZER, sentences)
        ends = np.append(batch.ngram_offsets[1:], len(batch.ngrams))
        assert np.count_nonzero(ends == batch.ngram_offsets) >= 2
        found, wanted = engine(batch), reference(batch)
        np.testing.assert_allclose(found[1], wanted[1], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found[0][0][batch.mask], wanted[0][0][batch.mask], atol=1e-5)


def test_known_words_need_no_description(engine: OnnxEngine) -> None:
    cache = WordCache(engine.word_vector_size, 100)
    featurizer = plain_featurizer(WORDS, CHARACTERS, NGRAMS)
    rows = featurizer.rows(Sentence(["a", "abc", "b", "a"]))
    lengths = np.array([3, 1])
    first, new = featurizer.batch_with_cache(rows, lengths, cache)
    emissions, vectors = engine(first)
    cache.put(new, vectors)
    second, new = featurizer.batch_with_cache(rows, lengths, cache)
    assert not len(new)
    again, none = engine(second)
    assert none.shape == (0, engine.word_vector_size)
    np.testing.assert_allclose(again[0][second.mask], emissions[0][first.mask], atol=1e-6)


def test_transitions_come_with_the_network(engine: OnnxEngine, reference: TorchEngine) -> None:
    [found], [wanted] = engine.transitions, reference.transitions
    assert np.array_equal(found.matrix, wanted.matrix)
    assert np.array_equal(found.start, wanted.start)
    assert np.array_equal(found.end, wanted.end)


def test_free_transitions_take_no_place(reference: TorchEngine) -> None:
    content = build_graph(
        EMBEDDING,
        ENCODER,
        reference.weights(),
        [Transitions.free(2)],
        metadata=METADATA,
    )
    assert b"transitions" not in content
    [found] = OnnxEngine(content).transitions
    assert found.is_free
    assert found.n_tags == 2


def test_metadata_comes_back(engine: OnnxEngine) -> None:
    assert engine.metadata["origin"] == "here"


def test_engine_saves_what_it_was_made_of(engine: OnnxEngine, reference: TorchEngine) -> None:
    assert engine.weights() == {}
    assert engine.exports() == {"fp32": build(reference)}
    assert reference.exports() == {}


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_may_share_an_engine(reference: TorchEngine, threads: int) -> None:
    engine = OnnxEngine(build(reference), threads=threads)
    batch = batch_of(FEATURIZER, [["a", "b", "cc"], ["hgf"]])
    [wanted], _ = engine(batch)

    def work(number: int) -> None:
        del number
        for _ in range(20):
            [found], _ = engine(batch)
            np.testing.assert_allclose(found[batch.mask], wanted[batch.mask], atol=1e-6)

    run_threads(work, 4)


def test_threads_give_the_same_answers_in_whole_numbers(reference: TorchEngine) -> None:
    bounds = np.ones(10, dtype=np.float32)
    batch = batch_of(FEATURIZER, [["a", "b", "cc"] * 4, ["hgf"], *[["b", "dd"]] * 20])
    results = [OnnxEngine(build(reference, bounds), threads=n)(batch)[0][0] for n in (1, 2)]
    assert np.array_equal(results[0][batch.mask], results[1][batch.mask])


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"onnxruntime library.*pip install onnxruntime$"):
        OnnxEngine(b"")
