from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqtag.batching import Batch
from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.engines.torch import TorchEngine, load_weights
from seqtag.layers.cells import CELLS
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, ngrams_of, plain_featurizer

Arrays: TypeAlias = dict[str, npt.NDArray[np.floating]]

WORDS = Vocabulary(["a", "b", "c"], has_unknown=True)
NGRAMS = ngrams_of("a", "b")
FREE = HeadSpec(False, [[True] * 3] * 3, [True] * 3, [True] * 3)
STRICT = HeadSpec(True, [[True, False], [True, True]], [True, False], [True, True])


def build(hidden_size: int = 4, num_ngrams: int = len(NGRAMS), **embedding: int) -> TaggerModel:
    sizes = {"word_size": 3, "ngram_size": 3, **embedding}
    return TaggerModel(
        EmbeddingConfig(**sizes),  # type: ignore[arg-type]  # all of these keys are whole numbers
        EncoderConfig(hidden_size=hidden_size, num_layers=1),
        num_words=len(WORDS),
        num_characters=0,
        num_ngrams=num_ngrams,
        heads=[FREE, STRICT],
    )


def weights(model: TaggerModel) -> Arrays:
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


def batch(*sentences: str) -> Batch:
    return batch_of(plain_featurizer(WORDS, None, NGRAMS), map(str.split, sentences))


@pytest.fixture
def model() -> TaggerModel:
    torch.manual_seed(1)
    return build()


def test_engine_gives_emissions_of_every_head(model: TaggerModel) -> None:
    (first, second), _ = TorchEngine(model)(batch("a b c", "x"))
    assert first.shape == (2, 3, 3)
    assert second.shape == (2, 3, 2)


def test_engine_gives_vectors_of_new_words(model: TaggerModel) -> None:
    engine = TorchEngine(model)
    _, vectors = engine(batch("a b c", "x"))
    assert vectors.shape == (4, engine.word_vector_size) == (4, 6)


def test_engine_does_not_drop_anything_out(model: TaggerModel) -> None:
    model.train()
    engine = TorchEngine(model)
    for first, second in zip(engine(batch("a b"))[0], engine(batch("a b"))[0], strict=True):
        assert np.array_equal(first, second)


def test_engine_gives_transitions_of_every_head(model: TaggerModel) -> None:
    with torch.no_grad():
        model.heads_in_order()[1].matrix.fill_(0.5)  # type: ignore[operator]
    free, strict = TorchEngine(model).transitions
    assert free.is_free
    assert strict.matrix[0, 1] < -1000
    assert strict.start[1] < -1000
    assert strict.matrix[1, 0] == 0.5


def test_weights_make_the_same_model_again(model: TaggerModel) -> None:
    saved = TorchEngine(model).weights()
    again = TorchEngine(load_weights(build, saved))
    expected, vectors = TorchEngine(model)(batch("a b c", "x"))
    found, same_vectors = again(batch("a b c", "x"))
    for first, second in zip([*found, same_vectors], [*expected, vectors], strict=True):
        assert np.array_equal(first, second)
    assert again.weights().keys() == saved.keys()


@pytest.mark.parametrize(
    "values",
    [*({"cell": cell} for cell in CELLS), {"attention": True}, {"bidirectional": False}],
    ids=str,
)
def test_every_kind_of_encoder_is_loaded_without_drawing_weights(
    values: dict[str, str | bool],
) -> None:
    encoder = EncoderConfig(hidden_size=4, **values)  # type: ignore[arg-type]  # of each key's type

    def build() -> TaggerModel:
        sizes = EmbeddingConfig(word_size=3, ngram_size=3)
        return TaggerModel(
            sizes,
            encoder,
            num_words=4,
            num_characters=0,
            num_ngrams=len(NGRAMS),
            heads=[STRICT],
        )

    model = build()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    saved = weights(model)
    before = torch.get_rng_state()
    again = TorchEngine(load_weights(build, saved))
    assert torch.equal(torch.get_rng_state(), before)
    [expected], _ = TorchEngine(model)(batch("a b c", "x"))
    [emissions], _ = again(batch("a b c", "x"))
    assert np.array_equal(emissions, expected)


def test_loading_draws_no_random_numbers(model: TaggerModel) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    load_weights(build, weights(model))
    assert torch.equal(torch.get_rng_state(), before)


def test_threads_may_share_an_engine(model: TaggerModel) -> None:
    engine = TorchEngine(model)
    expected, _ = engine(batch("a b c", "x"))
    results = []

    def run() -> None:
        for _ in range(20):
            results.append(engine(batch("a b c", "x"))[0])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    assert all(
        np.array_equal(a, b) for result in results for a, b in zip(result, expected, strict=True)
    )


def drop(arrays: Arrays) -> None:
    del arrays["embedding.words.weight"]


def add(arrays: Arrays) -> None:
    arrays["more"] = np.zeros(1, np.float32)


def reshape(arrays: Arrays) -> None:
    arrays["embedding.words.weight"] = arrays["embedding.words.weight"].T


def retype(arrays: Arrays) -> None:
    arrays["embedding.words.weight"] = arrays["embedding.words.weight"].astype(np.float64)


def spoil(arrays: Arrays) -> None:
    arrays["embedding.words.weight"][1, 1] = np.nan


def blow_up(arrays: Arrays) -> None:
    arrays["embedding.words.weight"][1, 1] = np.inf


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (drop, "weight embedding.words.weight is missing"),
        (add, "weight more is .*asks for none"),
        (reshape, r"weight embedding.words.weight is \(3, 4\).*asks for \(4, 3\)"),
        (retype, "weight embedding.words.weight is of type float64, not float32"),
        (spoil, "weight embedding.words.weight holds values that are no numbers"),
        (blow_up, "weight embedding.words.weight holds values that are no numbers"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    model: TaggerModel,
    damage: Callable[[Arrays], None],
    message: str,
) -> None:
    arrays = weights(model)
    damage(arrays)
    with pytest.raises(ValueError, match=message):
        load_weights(build, arrays)


def test_huge_sizes_are_refused_before_memory_is_taken(model: TaggerModel) -> None:
    arrays = weights(model)
    began = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(ValueError, match="asks for"):
        load_weights(lambda: build(8192, 2**24, word_size=4096), arrays)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**7
    assert time.perf_counter() - began < 5
