"""Tiny translators, with weights of chance or made by hand, and the words that they know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from seqtag.api.translator import Translator
from seqtag.config import DecoderConfig, EncoderConfig, SearchConfig
from seqtag.engines.torch import TorchStepEngine
from seqtag.models.translator import TranslatorModel
from seqtag.text.units import UnitKind, Units, learn_units
from seqtag.training.spec import TranslatorSpec
from seqtag.training.translation import build_model

WORDS = "a ab abc bad cab dab fad fade gab bead cafe babe deaf face aged cage edge"


def make_units(kind: UnitKind = "char", texts: Sequence[str] = ()) -> Units:
    """Return the units of some words, or of given texts."""
    listed = list(texts) or [WORDS]
    return learn_units(kind, listed, min_count=1, size=40, tokenizer="space")


def make_spec(
    source: Units | None = None,
    target: Units | None = None,
    *,
    joint: bool = False,
    max_length: int = 512,
    search: SearchConfig | None = None,
    **decoder: Any,  # noqa: ANN401 - values of keys of many types
) -> TranslatorSpec:
    """Return a description of a tiny translator, by default of characters."""
    source = make_units() if source is None else source
    target = make_units() if target is None else target
    return TranslatorSpec(
        source_units=source,
        target_units=source if joint else target,
        vector_size=5,
        encoder=EncoderConfig(hidden_size=4, num_layers=1, max_length=max_length),
        decoder=DecoderConfig(**{"hidden_size": 6, "num_layers": 2, "attention_size": 3} | decoder),
        search=search or SearchConfig(),
        source="en",
        target="zq",
        format="pairs",
        facts={"pairs": 1},
    )


def random_model(spec: TranslatorSpec, seed: int = 0, strength: float = 3.0) -> TranslatorModel:
    """Return a network whose weights are large enough that it has opinions."""
    torch.manual_seed(seed)
    model = build_model(spec).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(strength)
    return model


def random_translator(
    spec: TranslatorSpec | None = None, seeds: Sequence[int] = (0,), strength: float = 3.0
) -> Translator:
    """Return a translator of weights of chance, an ensemble where there are several seeds."""
    spec = make_spec() if spec is None else spec
    return Translator(spec, TorchStepEngine([random_model(spec, seed, strength) for seed in seeds]))


def next_log_probabilities(
    model: TranslatorModel, source: Sequence[int], written: Sequence[int]
) -> npt.NDArray[np.float64]:
    """Return what a network says of the next unit, all read anew, by nothing but its layers."""
    with torch.no_grad():
        sources, lengths = torch.tensor([[*source, 3]]), torch.tensor([len(source) + 1])
        states, _ = model(sources, lengths, torch.tensor([[2, *written]]))
        logits = model.logits(states)[0, -1].double()
        found: npt.NDArray[np.float64] = torch.log_softmax(logits, dim=0).numpy()
    return found


@dataclass(frozen=True)
class Copied:
    """States of `Copying`: the sources, and how many steps were taken."""

    sources: npt.NDArray[np.int64]
    step: int


class Copying:
    """A network made by hand, that writes what it reads and looks at what it writes.

    Args:
        vocabulary: Numbers of units, those that stand for none included.
    """

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self.batches: list[int] = []

    def begin(self, sources: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> Copied:
        self.batches.append(len(sources))
        return Copied(sources, 0)

    def advance(
        self, states: Copied, tokens: npt.NDArray[np.int64], *, count: int, banned: object
    ) -> tuple[Any, Any, Any, Any, Copied]:
        count = min(count, self.vocabulary)
        sources, beam = tokens.shape
        numbers = np.tile(np.arange(count), (sources, beam, 1))
        scores = np.full((sources, beam, count), -9.0)
        end = np.full((sources, beam), -9.0)
        attention = np.zeros((sources, beam, states.sources.shape[1]), dtype=np.float32)
        for row, source in enumerate(states.sources):
            place = min(states.step, len(source) - 1)
            attention[row, :, place] = 1.0
            if source[place] in (0, 3):
                end[row] = -0.1
            else:
                numbers[row, :, 0], scores[row, :, 0] = source[place], -0.1
        return numbers, scores, end, attention, Copied(states.sources, states.step + 1)

    def select(
        self, states: Copied, sources: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> Copied:
        return Copied(states.sources[sources], states.step)
