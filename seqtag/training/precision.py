"""Mixed precision: what the network computes in 16 bits while its weights stay in 32.

The heads compute their losses in 32 bits (`seqtag.layers.crf`), and what is scored and saved are
the weights themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from seqtag.config import TrainingConfig
from seqtag.errors import ConfigError

_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def choose_precision(config: TrainingConfig, device: str) -> TrainingConfig:
    """Return the configuration with the precision that a device is to train in.

    ``auto`` becomes ``bf16`` where the device has instructions for products in it, and ``none``
    elsewhere, where they would be put together from others.

    Raises:
        ConfigError: The device does not have the precision that is asked for.
    """
    kind = torch.device(device).type
    if config.mixed_precision == "auto":
        return replace(config, mixed_precision="bf16" if _multiplies_bf16(kind) else "none")
    is_cuda = kind == "cuda"
    advice = ""
    if config.mixed_precision == "fp16" and not is_cuda:
        advice = "bf16 or none, or --device cuda"
    elif config.mixed_precision == "bf16" and is_cuda and not torch.cuda.is_bf16_supported():
        advice = "fp16 or none"
    if advice:
        raise ConfigError(
            f"training.mixed_precision is '{config.mixed_precision}': device {device} cannot "
            f"train in it; give {advice}"
        )
    return config


def _multiplies_bf16(kind: str) -> bool:
    """Tell whether a type of device has instructions for products in bf16."""
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if kind != "cpu":
        return False
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # not in older versions
    return any(getattr(torch.cpu, name, lambda: False)() for name in names)


@contextmanager
def in_precision(config: TrainingConfig, device: torch.device) -> Iterator[None]:
    """Compute in the configured precision."""
    dtype = _TYPES.get(config.mixed_precision)
    if dtype is None:
        yield
        return
    with _without_missing_kernels(device), torch.autocast(device.type, dtype=dtype):
        yield


@contextmanager
def _without_missing_kernels(device: torch.device) -> Iterator[None]:
    """Leave oneDNN out where this processor has none of its 16-bit kernels.

    There torch would look for its LSTM in vain instead of taking its own.
    """
    kept = torch.backends.mkldnn.enabled
    if device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported():
        yield
        return
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]  # a property in disguise
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = kept


def make_scaler(config: TrainingConfig, device: torch.device) -> torch.amp.GradScaler:
    """Return what keeps small gradients from vanishing in fp16 (Micikevicius et al. 2018).

    In other precisions it does nothing.
    """
    return torch.amp.GradScaler(device.type, enabled=config.mixed_precision == "fp16")
