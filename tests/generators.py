"""Tiny language models with weights of chance, and a plain loop over them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from seqtag.api.generator import Generator
from seqtag.config import EncoderConfig, LanguageModelConfig
from seqtag.engines.torch import TorchUnitEngine
from seqtag.models.generator import BACKWARD, GeneratorModel
from seqtag.text.spelling import learn_spelling
from seqtag.text.units import UnitKind, Units, learn_units
from seqtag.training.language_model import build_model
from seqtag.training.spec import GeneratorSpec

LINES = ["the king sat down", "a queen sat", "", "the cat and the king", "and a cat sat down here"]

TINY_GENERATOR: Mapping[str, Any] = {
    "task": "generate",
    "threads": 1,
    "units.text": "char",
    "embedding.word_size": 12,
    "encoder.hidden_size": 16,
    "encoder.num_layers": 1,
    "encoder.dropout": 0.1,
    "language_model.window": 10,
    "training.epochs": 2,
    "training.batch_tokens": 100,
    "training.learning_rate": 0.01,
    "training.average": 0.0,
}
"""Settings of a language model that is trained in a second or two."""


def make_units(kind: UnitKind = "char", lines: Sequence[str] = LINES) -> Units:
    """Return the units of some lines."""
    return learn_units(kind, lines, min_count=1, size=30, tokenizer="space")


def make_spec(
    units: Units | None = None,
    *,
    cutoffs: Sequence[int] = (),
    cell: str = "lstm",
    layers: int = 2,
    **language_model: Any,  # noqa: ANN401 - values of keys of many types
) -> GeneratorSpec:
    """Return a description of a tiny language model, by default of characters."""
    return GeneratorSpec(
        units=make_units() if units is None else units,
        vector_size=5,
        encoder=EncoderConfig(
            cell=cell,  # type: ignore[arg-type]  # one of its choices
            hidden_size=6,
            num_layers=layers,
            bidirectional=False,
            dropout=0.2,
        ),
        language_model=LanguageModelConfig(**language_model),
        cutoffs=cutoffs,
        spelling=learn_spelling(LINES),
        facts={"lines": 1},
    )


def random_model(spec: GeneratorSpec, seed: int = 0, strength: float = 2.0) -> GeneratorModel:
    """Return a network whose weights are large enough that it has opinions."""
    torch.manual_seed(seed)
    model = build_model(spec).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(strength)
    return model


def begin_anywhere(model: GeneratorModel) -> GeneratorModel:
    """Give a network states of chance before texts, and return it."""
    for name in model.directions:
        parts = [torch.stack([part[0] for part in layer]) for layer in model.begin(name, 1)]
        model.begin_with(name, torch.rand_like(torch.stack(parts)) - 0.5)
    return model


def random_generator(spec: GeneratorSpec | None = None, seed: int = 0) -> Generator:
    """Return a generator of weights of chance."""
    spec = make_spec() if spec is None else spec
    return Generator(spec, TorchUnitEngine(random_model(spec, seed)))


def next_log_probabilities(
    model: GeneratorModel, numbers: Sequence[int], direction: str = "forward"
) -> npt.NDArray[np.float64]:
    """Return what a network says of what comes next, all read anew, unit by unit."""
    with torch.inference_mode():
        state = model.begin(direction, 1)
        for number in [3, *numbers]:
            logs, _, state = model.step(direction, torch.tensor([number]), state)
    return logs[0].double().numpy()


def plain_loop(
    model: GeneratorModel, numbers: Sequence[int], direction: str = "forward"
) -> tuple[float, int]:
    """Return the log-probability of a stream in which -1 is skipped, and how much is counted."""
    order = list(reversed(numbers)) if direction == BACKWARD else list(numbers)
    total, counted = 0.0, 0
    with torch.inference_mode():
        state, before = model.begin(direction, 1), 3
        for number in order:
            logs, _, state = model.step(direction, torch.tensor([before]), state)
            if number >= 0:
                total += float(logs[0, number])
                counted += 1
            before = 1 if number < 0 else number
    return total, counted


def spelt(total: float, cost: float, tokens: int) -> float:
    """Return the perplexity of a token."""
    return math.exp((cost - total) / tokens)
