"""Fitting the linear path, and what it says of texts that it has not learnt from."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from seqtag.batching.ngrams import Bags, Keys, NgramFinder, NgramTable, list_ngrams
from seqtag.config import LinearConfig
from seqtag.decoding.linear import MOST_EVIDENCE, LinearPath
from seqtag.text.sentence import Sentence
from seqtag.training.sparse import SparseMatrix

logger = logging.getLogger("seqtag")

CHUNK_TEXTS = 1000
"""Texts whose n-grams are looked up together."""

MOST_STEPS = 100
"""Iterations of L-BFGS at most."""

TOLERANCE = 1e-6
"""Change of the mean loss of a text at which fitting ends."""

MOST_WEIGHTS = 2**24
"""Weights at most, which limits the n-grams where there are many labels."""

_ONE = np.ones(1, dtype=np.float32)
_SMOOTHING = 1.0  # added to the count of each n-gram, as in the paper


@dataclass(frozen=True, slots=True)
class FittedLinear:
    """A linear path, and what it says of the training texts when it has not learnt from them.

    Attributes:
        path: The linear path, learnt from all training texts.
        words: Hashes of its n-grams of words.
        characters: Hashes of its n-grams of characters.
        logits: (texts, labels) for each training text what a path says that was learnt from other
            training texts.
        evidence: (tokens, labels) likewise for each token of each training text.
    """

    path: LinearPath
    words: Keys
    characters: Keys
    logits: npt.NDArray[np.float32]
    evidence: npt.NDArray[np.float32]


def fit_linear(
    config: LinearConfig,
    sentences: Sequence[Sentence],
    labels: npt.NDArray[np.int64],
    num_labels: int,
    weights: npt.NDArray[np.floating] | None = None,
) -> FittedLinear:
    """Fit a linear path to training texts.

    What the network that stands beside it hears of a training text must be as good as what it will
    hear of new ones. Hence train is cut into some parts, and what is said of each comes from a path
    that was fitted to all others, as in stacked generalization (Wolpert 1992).

    Args:
        config: Which n-grams, and how they are fitted.
        sentences: The training texts.
        labels: (texts,) the label of each.
        num_labels: Number of labels.
        weights: (labels,) how much a text with each label counts; None where all do alike.
    """
    most = max(1, min(config.max_ngrams, MOST_WEIGHTS // num_labels) // 2)
    words, characters = list_ngrams(NgramFinder(config.longest), _chunks(sentences), most)
    table = NgramTable(config.longest, words, characters)
    chunks = [bags.entries(len(table)) for _, bags in _bags(table, sentences)]
    texts = _Texts(
        np.concatenate([ngrams for ngrams, _ in chunks]),
        np.concatenate([own + n * CHUNK_TEXTS for n, (_, own) in enumerate(chunks)]),
        labels,
        np.ones(len(labels)) if weights is None else weights[labels].astype(np.float64),
        (num_labels, len(table), len(words)),
    )
    logger.info("fitting a linear path of %s n-grams", f"{len(table):,}")
    path = _fit(config.cost, texts, np.ones(len(labels), dtype=np.bool_))
    folds = np.random.default_rng(0).permutation(len(labels)) % min(config.folds, len(labels))
    logits = np.zeros((len(labels), num_labels), dtype=np.float32)
    evidence = np.zeros((sum(map(len, sentences)), num_labels), dtype=np.float32)
    for fold in range(int(folds.max()) + 1):
        others = _fit(config.cost, texts, folds != fold)
        _tell(others, table, sentences, folds == fold, logits, evidence)
    deviation = float(evidence.std())
    scale = np.array([1.0 / deviation if deviation > 1e-6 else 1.0], dtype=np.float32)
    np.clip(evidence * scale, -MOST_EVIDENCE, MOST_EVIDENCE, out=evidence)
    return FittedLinear(replace(path, evidence_scale=scale), words, characters, logits, evidence)


def _tell(
    path: LinearPath,
    table: NgramTable,
    sentences: Sequence[Sentence],
    chosen: npt.NDArray[np.bool_],
    logits: npt.NDArray[np.float32],
    evidence: npt.NDArray[np.float32],
) -> None:
    """Write what a path says of some of the texts, and of their tokens, into arrays of all."""
    token = 0
    for first, bags in _bags(table, sentences):
        found, told = path.read(bags)
        own = chosen[first : first + len(found)]
        logits[first : first + len(found)][own] = found[own]
        of_own = np.repeat(own, np.diff(bags.starts))
        evidence[token : token + len(told)][of_own] = told[of_own]
        token += len(told)


def _chunks(sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    for first in range(0, len(sentences), CHUNK_TEXTS):
        yield [sentences[n] for n in range(first, min(first + CHUNK_TEXTS, len(sentences)))]


def _bags(table: NgramTable, sentences: Sequence[Sentence]) -> Iterator[tuple[int, Bags]]:
    """Yield the number of the first of some texts, and the n-grams of these."""
    for place, chunk in enumerate(_chunks(sentences)):
        yield place * CHUNK_TEXTS, table.bags(chunk)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The n-grams that count in all training texts.

    Attributes:
        ngrams: The n-grams, text by text.
        own: For each of them its text, in rising order.
        labels: (texts,) each text's label.
        weights: (texts,) how much each text counts.
        sizes: Number of labels, of n-grams, and of those of words.
    """

    ngrams: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    sizes: tuple[int, int, int]


def _fit(cost: float, texts: _Texts, chosen: npt.NDArray[np.bool_]) -> LinearPath:
    """Fit a path to some of the texts, to the minimum of a convex function, by L-BFGS.

    It is the sum of the texts' cross-entropies, and of the squares of all w, divided by twice the
    cost; biases are free. For two labels it is what LIBLINEAR minimizes at twice the cost.
    """
    num_labels, count, words = texts.sizes
    inside = chosen[texts.own]
    places = np.cumsum(chosen) - 1
    ngrams, own = texts.ngrams[inside], places[texts.own[inside]]
    labels = texts.labels[chosen]
    scales = _scales(ngrams, labels[own], len(labels), texts.sizes)
    kinds = [
        _Kind.make(ngrams[kind], own[kind], scales, (int(chosen.sum()), count))
        for kind in (ngrams < words, ngrams >= words)
    ]
    gold = functional.one_hot(torch.from_numpy(labels), num_labels).double()
    importance = torch.from_numpy(texts.weights[chosen])[:, None]
    scale = torch.from_numpy(scales)[:, None]
    weights = torch.zeros(count, num_labels, dtype=torch.float64)
    bias = torch.zeros(num_labels, dtype=torch.float64)
    optimizer = torch.optim.LBFGS(
        [weights, bias],
        max_iter=MOST_STEPS,
        tolerance_grad=TOLERANCE * len(labels),
        tolerance_change=TOLERANCE * len(labels),
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        scaled = weights * scale
        logits = bias + sum(kind.factors * (kind.matrix.rows @ scaled) for kind in kinds)
        likelihood = (gold * torch.log_softmax(logits, dim=1)).sum(dim=1, keepdim=True)
        slope = importance * (torch.softmax(logits, dim=1) - gold)
        gradient = sum(kind.matrix.columns @ (kind.factors * slope) for kind in kinds)
        weights.grad = gradient * scale + weights / cost
        bias.grad = slope.sum(dim=0)
        value: Tensor = -(importance * likelihood).sum() + (weights**2).sum() / (2.0 * cost)
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch's
    # All labels together may have any weight; here they have none, so that evidence is for or
    # against a label.
    scaled = ((weights - weights.mean(dim=1, keepdim=True)) * scale).float().numpy()
    return LinearPath(words, scaled, scales.astype(np.float32), bias.float().numpy(), _ONE)


@dataclass(frozen=True, slots=True)
class _Kind:
    """The n-grams of one kind in each text.

    Attributes:
        matrix: (texts, n-grams) how often an n-gram counts in a text.
        factors: (texts, 1) one divided by the length of each text's scales.
    """

    matrix: SparseMatrix
    factors: Tensor

    @classmethod
    def make(
        cls,
        ngrams: npt.NDArray[np.int64],
        own: npt.NDArray[np.int64],
        scales: npt.NDArray[np.float64],
        shape: tuple[int, int],
    ) -> _Kind:
        matrix = SparseMatrix.make(own, ngrams, np.ones(len(ngrams)), shape)
        lengths = torch.sqrt(matrix.rows @ torch.from_numpy(scales[:, None] ** 2))
        factors = torch.where(lengths > 0.0, 1.0 / lengths, 0.0)
        return cls(matrix, factors)


def _scales(
    ngrams: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    texts: int,
    sizes: tuple[int, int, int],
) -> npt.NDArray[np.float64]:
    """Return how much each n-gram tells (n-grams,); 0 for those that do not occur.

    It is the root of the largest of its log-count ratios, times its inverse document frequency. The
    ratio for a label is the logarithm of how much larger a share an n-gram has of those in texts of
    the label than of those in all others (Wang and Manning 2012, "Baselines and Bigrams", who
    multiply by the ratio itself; with labels more than two it is one against the rest). The root
    and the frequency were found by cross-validation to serve better.

    Args:
        ngrams: The n-grams that count in each text.
        labels: For each of them the label of its text.
        texts: Number of texts.
        sizes: Number of labels, of n-grams, and of those of words.
    """
    num_labels, count, words = sizes
    codes = np.bincount(ngrams * num_labels + labels, minlength=count * num_labels)
    counts = codes.reshape(count, num_labels).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)
    ratios = np.zeros_like(counts)
    for kind in (slice(0, words), slice(words, count)):
        with_label = counts[kind] + _SMOOTHING
        without = total[kind] - counts[kind] + (num_labels - 1) * _SMOOTHING
        ratios[kind] = np.log(with_label / with_label.sum(axis=0))
        ratios[kind] -= np.log(without / without.sum(axis=0))
    frequency = np.log((1.0 + texts) / (1.0 + np.minimum(total[:, 0], texts))) + 1.0
    scales = np.sqrt(np.abs(ratios).max(axis=1)) * frequency
    return np.where(total[:, 0] > 0.0, scales, 0.0)
