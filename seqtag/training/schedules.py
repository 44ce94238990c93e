"""The learning rate of every step."""

from __future__ import annotations

import math

from seqtag.config import TrainingConfig

LOWEST = 0.01
"""Share of the highest rate below which ``linear`` and ``plateau`` do not fall."""

_FIRST, _LAST = 1 / 25, 1 / 25e4  # of the one-cycle schedule, as shares of the highest rate


def learning_rate(step: int, steps: int, config: TrainingConfig, reductions: int = 0) -> float:
    """Return the rate of a step.

    ``linear`` rises linearly, then falls linearly. ``constant`` stays up after its rise, and so
    does ``plateau``, but for the reductions. ``onecycle`` (Smith & Topin 2018) rises and falls by
    half a cosine each, from 1/25 of the highest rate and to 1/250,000 of it, which is
    `torch.optim.lr_scheduler.OneCycleLR` with its defaults; the momentum stays as it is.

    Args:
        step: Number of the step, from 0.
        steps: Steps in the whole training.
        config: Holds the schedule, the highest rate and the share of steps in which it rises.
        reductions: How often ``plateau`` has lowered the rate.
    """
    if config.schedule == "onecycle":
        return config.learning_rate * _one_cycle(step, steps, config.warmup)
    rise = max(1, round(steps * config.warmup))
    if step < rise:
        rate = config.learning_rate * (step + 1) / rise
    elif config.schedule == "linear":
        left = max(0.0, (steps - step) / max(1, steps - rise))
        rate = config.learning_rate * max(LOWEST, left)
    else:
        rate = config.learning_rate
    return rate * max(LOWEST, config.plateau_factor**reductions)


def _one_cycle(step: int, steps: int, warmup: float) -> float:
    """Return the share of the highest rate."""
    top = max(0.0, warmup * steps - 1)  # where the highest rate is, between two steps maybe
    if step <= top:
        return _cosine(_FIRST, 1.0, step / top if top else 1.0)
    # Epochs differ a little in their steps, so that there may be more than was said.
    share = (step - top) / (steps - 1 - top) if step < steps - 1 else 1.0
    return _cosine(1.0, _LAST, share)


def _cosine(start: float, end: float, share: float) -> float:
    """Go from one value to another by half a cosine."""
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
