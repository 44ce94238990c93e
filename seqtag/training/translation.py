"""Training a translator: pairs to numbers, batches and their loss, scores on dev."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from seqtag.batching import PairBatch, Rows, pair_batch, plan_pairs
from seqtag.batching.batches import IntArray
from seqtag.batching.pairs import END, NEVER_WRITTEN
from seqtag.config import RunConfig
from seqtag.models.steps import Stepper
from seqtag.models.translator import TranslatorModel
from seqtag.text.pairs import Pairs
from seqtag.text.subwords import Subwords
from seqtag.text.unit_base import Units
from seqtag.training.objective import CHUNK_ROWS, Keep, in_memory, model_maker
from seqtag.training.spec import TranslatorSpec
from seqtag.training.text_decoder import TextDecoder
from seqtag.training.translation_scores import (
    perplexity,
    score_translations,
    translation_dev_score,
)

Numbers: TypeAlias = Sequence[Sequence[int]]
"""For each text the numbers of its units, without a start and an end."""

SCORING_UNITS = 4096
"""Padded units of a side of a batch where no gradient is kept."""


def build_model(spec: TranslatorSpec) -> TranslatorModel:
    """Return a translator's network with fresh weights."""
    return TranslatorModel(
        spec.encoder,
        spec.decoder,
        vector_size=spec.vector_size,
        num_source=len(spec.source_units),
        num_target=len(spec.target_units),
        joint=spec.joint,
    )


def make_stepper(models: Sequence[TranslatorModel], device: str) -> Stepper:
    """Return what goes step by step through one network, or an ensemble of several."""
    return Stepper(models, device, end=END, never=NEVER_WRITTEN)


def forced_log_likelihood(
    model: TranslatorModel,
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    device: str,
) -> tuple[float, int]:
    """Return the log-probability of given translations, and how many units these have.

    Args:
        model: The network, in evaluation mode.
        sources: Numbers of the units of each source.
        targets: The same of its translation. The end of each counts as a unit.
        device: Where the model is.
    """
    read, written = ([len(numbers) + 1 for numbers in side] for side in (sources, targets))
    total = 0.0
    with torch.inference_mode():
        for batch in plan_pairs(np.array(read), np.array(written), SCORING_UNITS):
            pairs = pair_batch([sources[i] for i in batch], [targets[i] for i in batch])
            _, nll, units = _loss(model, pairs, device)
            total -= nll.item() * units
    return total, sum(written)


def _loss(
    model: TranslatorModel, pairs: PairBatch, device: str, smoothing: float = 0.0
) -> tuple[Tensor, Tensor, int]:
    """Return a batch's mean loss, its mean negative log-likelihood, and its number of units."""
    arrays = {name: torch.from_numpy(value).to(device) for name, value in pairs.arrays().items()}
    states, _ = model(arrays["sources"], arrays["source_lengths"], arrays["inputs"])
    loss, nll = model.loss(states, arrays["targets"], arrays["mask"], smoothing)
    return loss, nll, int(pairs.mask.sum())


class TranslationObjective:
    """What `Trainer` asks of translation: batches and their loss, and the scores on dev.

    Tokens, in the trainer's words, are units to be written, the end of each target among them.

    Args:
        spec: The translator.
        train: Pairs to train on.
        numbers: Their units as numbers, those of the sources and those of the targets.
        dev: Pairs to score on.
        config: The run's configuration.
        initialize: Gives a fresh network other weights, such as those of a run to start from.
        keep: Keeps the training pairs as numbers: here or, with `seqtag.io.arrays.map_rows`, on
            disk.
    """

    def __init__(
        self,
        spec: TranslatorSpec,
        train: Pairs,
        numbers: tuple[Numbers, Numbers],
        dev: Pairs,
        config: RunConfig,
        *,
        initialize: Callable[[TranslatorModel], None] | None = None,
        keep: Keep = in_memory,
    ) -> None:
        self.spec = spec
        self._config = config
        self._device = config.device
        self.model = model_maker(lambda: build_model(spec), config.device, initialize=initialize)(
            config.seed
        )
        self.carried: dict[str, Tensor] = {}
        self._sides = [
            _Side(spec.source_units, train.sources, numbers[0], keep),
            _Side(spec.target_units, train.targets, numbers[1], keep),
        ]
        self._dev = dev
        self._dev_sources = spec.source_units.encode_many(dev.sources)
        self._dev_targets = spec.target_units.encode_many(dev.targets)

    @property
    def fingerprint(self) -> int:
        """A checksum of all that training reads."""
        checksum = 0
        for units in (self.spec.source_units, self.spec.target_units):
            content = "\t".join(units.items)
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
        for side in self._sides:
            checksum = side.checksum(checksum)
        for texts in (self._dev.sources, self._dev.targets):
            content = "\n".join(texts)
            checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"), checksum)
        return checksum

    def rate_factor(self, indices: IntArray) -> float:
        """Return 1: batches do not differ in how far they should lead."""
        del indices
        return 1.0

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's batches as indices of training pairs.

        With BPE-dropout every epoch reads other subwords, drawn here.
        """
        config = self._config
        if config.units.dropout:
            for side in self._sides:
                side.sample(config.units.dropout, shuffle)
        source, target = self._sides
        return plan_pairs(
            source.lengths + 1,
            target.lengths + 1,
            config.training.batch_tokens,
            batch_sentences=config.training.batch_sentences,
            shuffle=shuffle,
        )

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a batch's mean loss and its number of units."""
        source, target = self._sides
        rows = indices.tolist()
        pairs = pair_batch([source[row] for row in rows], [target[row] for row in rows])
        loss, _, units = _loss(
            self.model, pairs, self._device, self._config.training.label_smoothing
        )
        return loss, units

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores on dev, translated greedily."""
        spec = self.spec
        decoder = TextDecoder(spec, make_stepper([self.model], self._device))
        found = decoder.translate(
            [decoder.read(text) for text in self._dev.sources], replace(spec.search, beam=1)
        )
        texts = [translation.text for translation in found]
        scores = score_translations(
            *(self._dev.sources, texts, self._dev.targets),
            by_character=spec.target_units.kind == "char",
            language=spec.target,
        )
        scores.pop("signature", None)
        total, units = forced_log_likelihood(
            self.model, self._dev_sources, self._dev_targets, self._device
        )
        scores["perplexity"] = perplexity(total, units)
        return translation_dev_score(scores, reads_characters=spec.reads_characters), scores


class _Side:
    """The sources or the targets of training, as numbers of units.

    Args:
        units: The units.
        texts: The texts.
        numbers: The numbers of each text's units.
        keep: Keeps the numbers.

    Attributes:
        lengths: (texts,) number of units of each.
    """

    def __init__(self, units: Units, texts: Sequence[str], numbers: Numbers, keep: Keep) -> None:
        self._units = units
        self._texts = texts
        self._given = keep(_as_rows(numbers), 1)
        self._read(self._given)

    def _read(self, kept: tuple[Rows, IntArray]) -> None:
        """Take numbers for those of the texts, until others are drawn."""
        self._rows, self._starts = kept
        self.lengths: IntArray = np.diff(self._starts)

    def __getitem__(self, index: int) -> Rows:
        """Return the numbers of a text."""
        numbers: Rows = self._rows[self._starts[index] : self._starts[index + 1], 0]
        return numbers

    def sample(self, rate: float, draw: np.random.Generator) -> None:
        """Draw other subwords; units of other kinds stay as they are."""
        if isinstance(self._units, Subwords):
            self._read(in_memory(_as_rows(self._units.sample(self._texts, rate, draw)), 1))

    def checksum(self, checksum: int) -> int:
        """Go on with a checksum of what the texts are without chance."""
        for array in self._given:
            for start in range(0, len(array), CHUNK_ROWS):
                chunk = np.ascontiguousarray(array[start : start + CHUNK_ROWS])
                checksum = zlib.crc32(chunk.data, checksum)
        return checksum


def _as_rows(numbers: Numbers) -> Iterator[Rows]:
    """Yield the numbers of each text as rows (units, 1)."""
    return (np.array(row, dtype=np.int32)[:, None] for row in numbers)
