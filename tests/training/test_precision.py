from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
import torch
from torch import nn

from seqtag.config import TrainingConfig
from seqtag.errors import ConfigError
from seqtag.training.precision import choose_precision, in_precision, make_scaler

CPU = torch.device("cpu")
BF16 = TrainingConfig(mixed_precision="bf16")
FP16 = TrainingConfig(mixed_precision="fp16")


@pytest.mark.parametrize("device", ["cpu", "cpu:0", "meta"])
def test_fp16_is_for_cuda(device: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose_precision(FP16, device)
    assert caught.value.message == (
        f"training.mixed_precision is 'fp16': device {device} cannot train in it; give bf16 or "
        "none, or --device cuda"
    )


def test_bf16_is_refused_where_cuda_has_none() -> None:
    with (
        mock.patch.object(torch.cuda, "is_bf16_supported", return_value=False),
        pytest.raises(ConfigError, match=r"'bf16': device cuda:1 .* give fp16 or none"),
    ):
        choose_precision(BF16, "cuda:1")


def test_all_else_is_allowed() -> None:
    choose_precision(TrainingConfig(), "cpu")
    choose_precision(TrainingConfig(), "cuda")
    choose_precision(BF16, "cpu")
    with mock.patch.object(torch.cuda, "is_bf16_supported", return_value=True):
        choose_precision(BF16, "cuda")
    choose_precision(FP16, "cuda:1")


@pytest.mark.parametrize("has", [False, True])
def test_auto_goes_by_what_the_device_multiplies(
    has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = TrainingConfig(mixed_precision="auto", epochs=3)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: has, raising=False)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has)
    for device in ("cpu", "cuda:0"):
        chosen = choose_precision(auto, device)
        assert chosen == replace(auto, mixed_precision="bf16" if has else "none")
    assert choose_precision(auto, "mps").mixed_precision == "none"


def test_auto_is_none_where_torch_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    auto = TrainingConfig(mixed_precision="auto")
    assert choose_precision(auto, "cpu").mixed_precision == "none"


def test_products_are_taken_in_the_configured_precision() -> None:
    layer, inputs = nn.Linear(2, 3), torch.ones(1, 2)
    with in_precision(BF16, CPU):
        assert layer(inputs).dtype == torch.bfloat16
    with in_precision(TrainingConfig(), CPU):
        assert layer(inputs).dtype == torch.float32
    assert layer(inputs).dtype == torch.float32


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("supported", [False, True])
def test_recurrent_networks_learn_in_bf16_on_every_processor(
    kind: type[nn.LSTM] | type[nn.GRU] | type[nn.RNN], supported: bool
) -> None:
    """With oneDNN's kernels where the processor has them, else with torch's own."""
    own = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if supported and not own:
        pytest.skip("this processor has no 16-bit kernels of oneDNN")
    torch.manual_seed(0)
    network, inputs = kind(6, 8, batch_first=True), torch.randn(3, 5, 6)
    expected, _ = network(inputs)
    kept = torch.backends.mkldnn.enabled
    with (
        mock.patch.object(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", return_value=supported),
        in_precision(BF16, CPU),
    ):
        assert torch.backends.mkldnn.enabled == (kept and supported)
        states, _ = network(inputs)
    states.float().sum().backward()
    assert torch.backends.mkldnn.enabled == kept
    assert torch.allclose(states.float(), expected, atol=0.03)
    for weight in network.parameters():
        assert weight.grad is not None
        assert weight.grad.dtype == torch.float32
        assert weight.grad.any()


def test_settings_are_put_back_after_an_error() -> None:
    kept = torch.backends.mkldnn.enabled
    with pytest.raises(RuntimeError, match="stop"), in_precision(BF16, CPU):
        raise RuntimeError("stop")
    assert torch.backends.mkldnn.enabled == kept
    assert (torch.ones(1, 1) @ torch.ones(1, 1)).dtype == torch.float32


def test_loss_is_scaled_in_fp16_alone() -> None:
    for config in (TrainingConfig(), BF16):
        scaler = make_scaler(config, CPU)
        loss = torch.ones(1)
        assert scaler.scale(loss) is loss
        assert scaler.state_dict() == {}
    assert make_scaler(replace(FP16), CPU).is_enabled()
