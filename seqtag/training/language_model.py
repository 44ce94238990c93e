"""Training a language model: a stream of units, windows of it, and how well they were foreseen."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqtag.batching.batches import IntArray
from seqtag.batching.stream import Lanes, plan_windows
from seqtag.config import LanguageModelConfig, RunConfig
from seqtag.errors import ConfigError
from seqtag.models.generator import (
    BACKWARD,
    FORWARD,
    GeneratorModel,
    State,
    default_cutoffs,
    detach,
)
from seqtag.text.unit_base import END, Units
from seqtag.training.objective import CHUNK_ROWS, model_maker
from seqtag.training.spec import GeneratorSpec
from seqtag.training.streams import TextStream
from seqtag.training.text_scores import text_dev_score, text_scores

WARM_STEPS = 512
"""Units that are read in front of a stretch of a text to come to the state that the whole text
would give, as good as exactly: a recurrent network has forgotten what stood further back."""

MOST_LANES = 32
"""Stretches of a text that are scored side by side."""

SCORING_STEPS = 64
"""Units of each stretch that are scored at once."""


BEGINNING_LANES, BEGINNING_STEPS = 64, 512
"""Stretches of a text, and units of each, that the state before a text is learnt from."""


def build_model(spec: GeneratorSpec) -> GeneratorModel:
    """Return a generator's network with fresh weights."""
    return GeneratorModel(
        spec.encoder,
        spec.language_model,
        vector_size=spec.vector_size,
        num_units=len(spec.units),
        cutoffs=spec.cutoffs,
    )


def choose_cutoffs(config: LanguageModelConfig, units: Units) -> tuple[int, ...]:
    """Return where the clusters of the softmax begin; none for a full one.

    Args:
        config: Which softmax is wanted.
        units: The units. Only words are as rare as the clusters are made for: what is joined to
            subwords for its frequency, or is a character, comes often enough that clusters save
            little and tell worse.

    Raises:
        ConfigError: There are too few units for an adaptive softmax.
    """
    if config.softmax == "full" or (config.softmax == "auto" and units.kind != "word"):
        return ()
    cutoffs = tuple(default_cutoffs(len(units)))
    if config.softmax == "adaptive" and not cutoffs:
        raise ConfigError(
            f"language_model.softmax is adaptive, and {len(units):,} units are too few to gain by "
            "it: leave it out"
        )
    return cutoffs


class LanguageModelObjective:
    """A text to learn, the network that is to tell what comes next, and its scores on dev.

    The text is cut into as many stretches as a batch has windows; they are read side by side from
    their beginnings to their ends, and the states behind a window are those before the next one
    (truncated back-propagation through time). Windows differ in their lengths, so that no unit
    stands at a border in every epoch (Merity et al. 2018, section 4.1). The states of the last
    layer are kept small, those with dropout, and from changing much, those without (section 4.6).

    Args:
        spec: The generator.
        train: The text to learn.
        dev: The text to score on.
        config: The run's configuration.
        initialize: Gives a fresh network other weights, such as those of a run to start from.
    """

    def __init__(
        self,
        spec: GeneratorSpec,
        train: TextStream,
        dev: TextStream,
        config: RunConfig,
        *,
        initialize: Callable[[GeneratorModel], None] | None = None,
    ) -> None:
        self.spec = spec
        self._config = config
        self._device = torch.device(config.device)
        self._train = train
        self._dev = dev
        self.model = model_maker(lambda: build_model(spec), config.device, initialize=initialize)(
            config.seed
        )
        window = config.language_model.window
        lanes = max(1, min(config.training.batch_tokens // window, len(train.numbers)))
        self._lanes = {
            name: Lanes(train.numbers, lanes, backward=name == BACKWARD)
            for name in self.model.directions
        }
        # What texts begin with is learnt for others who read them: training begins as it did.
        self._begun: dict[str, Tensor] = {}
        for name in self.model.directions:
            self._begun |= _packed(name, self.model.begin(name, lanes))
        self.carried = self._begun

    @property
    def fingerprint(self) -> int:
        """A checksum of all that training reads."""
        content = "\t".join(self.spec.units.items)
        checksum = zlib.crc32(content.encode("utf-8", "surrogatepass"))
        for stream in (self._train, self._dev):
            for start in range(0, len(stream.numbers), CHUNK_ROWS):
                chunk = np.ascontiguousarray(stream.numbers[start : start + CHUNK_ROWS])
                checksum = zlib.crc32(chunk.data, checksum)
        return checksum

    def plan(self, shuffle: np.random.Generator) -> Sequence[IntArray]:
        """Return an epoch's windows in order: the first step of each, and the one behind it."""
        steps = next(iter(self._lanes.values())).steps
        return plan_windows(steps, self._config.language_model.window, shuffle)

    def rate_factor(self, indices: IntArray) -> float:
        """Return how long a window is, as a share of the usual length; 1 for AdamW.

        The loss is a mean over a window, so that SGD goes as far for a short one as for a long one:
        at the same rate it would learn more of the units of the short one (Merity et al. 2018,
        section 4.1). How far AdamW goes depends on its rate alone, not on how large a gradient is:
        with another rate for each window it would go by the windows' lengths instead.
        """
        if self._config.training.optimizer == "adamw":
            return 1.0
        begin, end = indices.tolist()
        return float(end - begin) / self._config.language_model.window

    def loss(self, indices: IntArray) -> tuple[Tensor, int]:
        """Return a window's mean loss and its number of units."""
        begin, end = indices.tolist()
        config = self._config.language_model
        total, units = torch.zeros((), device=self._device), 0
        carried: dict[str, Tensor] = {}
        for name, lanes in self._lanes.items():
            batch = lanes.batch(begin, end)
            inputs, targets, mask = (
                torch.from_numpy(array).to(self._device)
                for array in (batch.inputs, batch.targets, batch.mask)
            )
            state = _unpacked(name, self.carried if begin else self._begun)
            dropped, raw, state = self.model.read(name, inputs, state)
            carried |= _packed(name, state)
            count = int(batch.mask.sum())
            if not count:  # all of it is left out by the corpus
                total = total + 0.0 * dropped.sum()
                continue
            loss = self.model.loss(name, dropped[mask], targets[mask])
            if config.activation_penalty:
                loss = loss + config.activation_penalty * dropped.float().square().mean()
            if config.change_penalty and raw.shape[1] > 1:
                changes = (raw[:, 1:] - raw[:, :-1]).float()
                loss = loss + config.change_penalty * changes.square().mean()
            total = total + loss * count
            units += count
        self.carried = carried
        # Both directions read the same units: those of one are counted.
        return total / max(1, units), units // len(self._lanes)

    def learn_beginnings(self) -> None:
        """Begin texts as `learn_beginnings` says, with the weights that the model has now."""
        learn_beginnings(self.model, self._train, self._device)

    def score(self) -> tuple[float, dict[str, Any]]:
        """Return the score to be maximized and all scores on dev, and learn how texts begin."""
        self.learn_beginnings()
        scores = score_stream(self.model, self._dev, self._device)
        return text_dev_score(scores), scores


def score_stream(
    model: GeneratorModel, stream: TextStream, device: torch.device | str
) -> dict[str, Any]:
    """Return how well a text is foreseen, from its first unit to its last, the state carried.

    Args:
        model: The network, in evaluation mode.
        stream: The text.
        device: Torch device.

    Returns:
        The scores of `seqtag.training.text_scores.text_scores`. Of a network for each direction
        they are those of the mean of both log-probabilities, and ``by_direction`` tells each.
    """
    totals = {}
    for name in model.directions:
        totals[name], counted = stream_log_likelihood(model, stream, device, name)
    each = {name: text_scores(total, counted, stream) for name, total in totals.items()}
    scores: dict[str, Any] = text_scores(sum(totals.values()) / len(totals), counted, stream)
    if len(each) > 1:
        scores["by_direction"] = each
    return scores


def stream_log_likelihood(
    model: GeneratorModel,
    stream: TextStream,
    device: torch.device | str,
    direction: str = FORWARD,
) -> tuple[float, int]:
    """Return the log-probability of a text's units, and how many are counted.

    A long text is read in stretches side by side, each from `WARM_STEPS` units before its first.

    Args:
        model: The network, in evaluation mode.
        stream: The text.
        device: Torch device.
        direction: Which network tells.
    """
    count = max(1, min(MOST_LANES, len(stream.numbers) // (4 * WARM_STEPS)))
    lanes = Lanes(stream.numbers, count, backward=direction == BACKWARD)
    total, counted = 0.0, 0
    with torch.inference_mode():
        state = model.begin(direction, count)
        for begin, end, is_warming in _scoring_windows(lanes.steps, warm=count > 1):
            batch = lanes.batch(begin, end)
            inputs = torch.from_numpy(batch.inputs).to(device)
            states, _, state = model.read(direction, inputs, state)
            if is_warming:
                if end == 0:  # in front of the first stretch there is no other one
                    state = _with_first(state, model.begin(direction, 1))
                continue
            mask = torch.from_numpy(batch.mask).to(device)
            targets = torch.from_numpy(batch.targets).to(device)[mask]
            if len(targets):
                total -= float(model.surprises(direction, states[mask], targets).double().sum())
                counted += len(targets)
    return total, counted


def learn_beginnings(model: GeneratorModel, stream: TextStream, device: torch.device | str) -> None:
    """Begin texts with the mean state between two lines, by which the first units are foreseen.

    Training comes to a text's beginning once an epoch. From zeros, which it hardly knows, the first
    units of sentences that are read by themselves would cost more than behind other sentences, and
    states that are given to taggers would be unlike those that were learnt. A text of one line has
    no such state, and keeps what it has.

    Args:
        model: The network, in evaluation mode.
        stream: What it was trained on, of which stretches all over it are read.
        device: Torch device.
    """
    count = max(1, min(len(stream.numbers) // BEGINNING_STEPS, BEGINNING_LANES))
    with torch.inference_mode():
        for name in model.directions:
            lanes = Lanes(stream.numbers, count, backward=name == BACKWARD)
            steps = min(lanes.steps, BEGINNING_STEPS)
            batch = lanes.batch(0, steps)
            # A state at the front of a stretch knows too little of what is before it.
            is_begun = np.arange(steps) >= max(1, steps // 8)
            is_between = (batch.inputs == END) & batch.mask & is_begun
            if not is_between.any():
                continue
            # What texts begin with so far, which is of other weights, has no part in it.
            state = _zeros_like(model.begin(name, count))
            total = torch.zeros((), device=device)
            inputs, between = (
                torch.from_numpy(array.T.copy()).to(device) for array in (batch.inputs, is_between)
            )
            for tokens, rows in zip(inputs, between, strict=True):
                parts = torch.stack([torch.stack(layer) for layer in state])
                total = total + parts[:, :, rows].sum(dim=2)
                state = model.advance(name, tokens, state)
            model.begin_with(name, total / int(is_between.sum()))


def _scoring_windows(steps: int, *, warm: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield the windows of scoring, and whether each of them only brings up the state."""
    first = -WARM_STEPS if warm else 0
    for begin in range(first, 0, SCORING_STEPS):
        yield begin, min(begin + SCORING_STEPS, 0), True
    for begin in range(0, steps, SCORING_STEPS):
        yield begin, min(begin + SCORING_STEPS, steps), False


def _zeros_like(state: State) -> State:
    """Return the state of a network that has read nothing."""
    return tuple(tuple(torch.zeros_like(part) for part in layer) for layer in state)


def _with_first(state: State, first: State) -> State:
    """Return a state of which the first row is another one."""
    return tuple(
        tuple(torch.cat([part, others[1:]]) for part, others in zip(*layers, strict=True))
        for layers in zip(first, state, strict=True)
    )


def _packed(direction: str, state: State) -> dict[str, Tensor]:
    """Return a direction's state as tensors by name, to which no gradient reaches back."""
    return {
        f"{direction}.{layer}.{number}": part
        for layer, parts in enumerate(detach(state))
        for number, part in enumerate(parts)
    }


def _unpacked(direction: str, tensors: dict[str, Tensor]) -> State:
    """Return the state that `_packed` was given."""
    layers: dict[int, list[Tensor]] = {}
    for name, value in tensors.items():
        where, layer, _ = name.split(".")
        if where == direction:
            layers.setdefault(int(layer), []).append(value)
    return tuple(tuple(parts) for _, parts in sorted(layers.items()))
