"""Training a classifier: texts to numbers, batches and their loss, scores on dev."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from seqtag.batching import Dense, Rows, cut
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.ngrams import NgramTable
from seqtag.config import RunConfig
from seqtag.decoding.pooling import Pooling, softmax
from seqtag.models.arrays import constants, to_tensors
from seqtag.models.classifier import ClassifierModel
from seqtag.text.sentence import Sentence
from seqtag.text.texts import Texts
from seqtag.training.class_weights import label_weights
from seqtag.training.label_scores import score_labels
from seqtag.training.linear import FittedLinear
from seqtag.training.objective import Keep, SequenceObjective, in_memory, model_maker
from seqtag.training.scores import dev_score
from seqtag.training.spec import ClassifierSpec

logger = logging.getLogger("seqtag")

MOST_PIECES = 8
"""Pieces of a text that a training step reads; of a longer text it reads others each time."""


def build_model(spec: ClassifierSpec) -> ClassifierModel:
    """Return a classifier's network with fresh weights."""
    return ClassifierModel(
        spec.embedding,
        spec.encoder,
        spec.pooling,
        num_labels=len(spec.labels),
        num_ngrams_counted=sum(spec.ngrams_counted),
        **spec.input_sizes,
    )


def make_objective(
    config: RunConfig,
    spec: ClassifierSpec,
    train: Texts,
    dev: Texts,
    *,
    linear: FittedLinear | None = None,
    vectors: npt.NDArray[np.floating] | None = None,
    initialize: Callable[[ClassifierModel], None] | None = None,
    keep: Keep = in_memory,
) -> ClassificationObjective:
    """Return what a new classifier is trained by, its network on the configuration's device.

    Args:
        config: The run's configuration.
        spec: The classifier.
        train: Texts to train on, each with at least one token.
        dev: Texts to score on.
        linear: The linear path, fitted to train; None where the classifier has none.
        vectors: The pretrained vectors (words, size) of ``spec.vectors``, in its order.
        initialize: Gives a fresh network other weights, such as those of a run to start from.
        keep: Keeps the training texts as numbers: here or, with `seqtag.io.arrays.map_rows`, on
            disk.
    """

    def complete(model: ClassifierModel) -> None:
        if initialize is not None:
            initialize(model)
        if linear is not None:
            _set_linear(model, linear)

    new_model = model_maker(
        lambda: build_model(spec), config.device, vectors=vectors, initialize=complete
    )
    return ClassificationObjective(spec, new_model, train, dev, linear, config, keep)


def _set_linear(model: ClassifierModel, linear: FittedLinear) -> None:
    """Put a linear path among a network's weights."""
    assert model.linear is not None
    for name, buffer in model.linear.named_buffers():
        value = getattr(linear.path, name, None)
        if name == "keys":
            value = np.concatenate([linear.words, linear.characters])
        buffer.copy_(torch.from_numpy(value))


class ClassificationObjective(SequenceObjective[ClassifierSpec, ClassifierModel]):
    """What `Trainer` asks of classification: batches and their loss, and the scores on dev.

    Args:
        spec: The classifier.
        new_model: Returns a network with the weights that a seed gives, on the device to train on.
        train: Texts to train on, each with at least one token.
        dev: Texts to score on.
        linear: The linear path, fitted to train; None where the classifier has none.
        config: The run's configuration.
        keep: Keeps the training texts as numbers.
    """

    def __init__(
        self,
        spec: ClassifierSpec,
        new_model: Callable[[int], ClassifierModel],
        train: Texts,
        dev: Texts,
        linear: FittedLinear | None,
        config: RunConfig,
        keep: Keep,
    ) -> None:
        super().__init__(spec, new_model, config, keep)
        evidence = None if linear is None else linear.evidence
        width = self._width + (0 if evidence is None else evidence.shape[1])
        self._load(self._encode(train.sentences, evidence), width)
        self._states = self._read_contexts(train.sentences)
        self._offsets = None if linear is None else linear.logits
        self._labels = np.array(spec.labels.encode_listed(train.labels), dtype=np.int64)
        self._dev = dev
        self._dev_featurizer = spec.featurizer()
        self._dev_rows = [self._dev_featurizer.rows(sentence) for sentence in dev.sentences]
        self._dev_states = self._read_contexts(dev.sentences)
        self._dev_linear = _read_dev(config, dev, linear)
        weights = label_weights(config.training.class_weights, spec)
        self._weights = None if weights is None else torch.from_numpy(weights).to(self._device)
        self._tell_long_texts()

    def _encode(self, sentences: Iterable[Sentence], evidence: Dense | None) -> Iterator[Rows]:
        """Yield texts as rows (length, columns): what is read of a token, then its evidence.

        The numbers of the latter are kept as the whole numbers that have the same bits.
        """
        token = 0
        for sentence in sentences:
            rows = self._featurizer.rows(sentence)
            if evidence is not None:
                bits = evidence[token : token + len(rows)].view(np.int32)
                token += len(rows)
                rows = np.hstack([rows, bits])
            yield rows

    def _tell_long_texts(self) -> None:
        most = MOST_PIECES * self._config.encoder.max_length
        count = int((self._lengths > most).sum())
        if count:
            logger.info(
                "%d training texts have more than %s tokens: each step reads another %s of them, "
                "while dev, test and predictions are read whole",
                *(count, f"{most:,}", f"{most:,}"),
            )

    @cached_property
    def fingerprint(self) -> int:
        """A checksum of all that training reads, and of weights that it does not change."""
        return self._checksum(
            [self._dev_featurizer.table, self.spec.labels],
            [*self._dev_rows, self._labels],
            ("\n".join(self._dev.labels),),
        )

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a batch's mean loss and its number of tokens."""
        places: list[slice] = []
        counts = []
        for start, end in zip(
            self._starts[indices].tolist(), self._starts[indices + 1].tolist(), strict=True
        ):
            parts = [slice(start + first, start + last) for first, last in self._cut(end - start)]
            counts.append(len(parts))
            places += parts
        pieces = [self._rows[place] for place in places]
        rows = np.concatenate(pieces)
        dense = None
        if self._offsets is not None:
            dense = np.ascontiguousarray(rows[:, self._width :]).view(np.float32)
        batch = self._featurizer.batch([piece[:, : self._width] for piece in pieces], dense)
        arguments = to_tensors(batch.arrays(), self._config.device)
        if self._states is not None:
            states = np.concatenate([self._states[place] for place in places])
            self._add_contexts(arguments, states, batch.mask)
        emissions, _ = self.model(**arguments)
        logits = self.model.logits(
            emissions,
            arguments["lengths"],
            torch.tensor(counts, device=self._device),
        )
        if self._offsets is not None:
            logits = logits + torch.from_numpy(self._offsets[indices]).to(self._device)
        loss = self.model.loss(
            logits,
            torch.from_numpy(self._labels[indices]).to(self._device),
            weights=self._weights,
            smoothing=self._config.training.label_smoothing,
        )
        return loss, int(batch.lengths.sum())

    def _cut(self, length: int) -> list[tuple[int, int]]:
        """Return the pieces of a text, or some of them, drawn anew each time, where it has many."""
        places = list(cut(length, self._config.encoder.max_length))
        if len(places) > MOST_PIECES:
            drawn = torch.randperm(len(places))[:MOST_PIECES].sort().values
            places = [places[number] for number in drawn.tolist()]
        return places

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores of the model on dev."""
        probabilities = softmax(self._predict())
        scores = score_labels(self.spec.labels.items, self._dev.labels, probabilities)
        return dev_score(scores), scores

    def _predict(self) -> FloatArray:
        """Return the logits (texts, labels) of dev."""
        logits = np.zeros((len(self._dev), len(self.spec.labels)))
        if not len(self._dev):
            return logits
        offsets, dense = self._dev_linear
        logits += offsets
        encoding = self._encoding(
            self.model,
            np.concatenate(self._dev_rows),
            np.array([len(rows) for rows in self._dev_rows], dtype=np.int64),
            self._dev_featurizer,
            self._cache(self.model),
            self._project(self.model, self._dev_states, dense),
        )
        pooling = Pooling.from_constants(
            self.spec.pooling,
            constants(self.model),
            bidirectional=self.spec.encoder.bidirectional,
        )
        for index, found, _ in pooling.pool_all(encoding.batches(), encoding.long_sequences()):
            logits[index] += found
        return logits


def _read_dev(
    config: RunConfig, dev: Texts, linear: FittedLinear | None
) -> tuple[FloatArray, Dense | None]:
    """Return what the linear path says of dev (texts, labels) and its tokens (tokens, labels)."""
    if linear is None or not len(dev):
        return np.zeros((1, 1)), None
    table = NgramTable(config.linear.longest, linear.words, linear.characters)
    bags = table.bags(list(dev.sentences))
    return linear.path.read(bags)
