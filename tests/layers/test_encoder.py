from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from seqtag.config import EncoderConfig
from seqtag.layers.encoder import Encoder

CELLS = ["lstm", "gru", "rnn"]
REFERENCES: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
}
LENGTHS = torch.tensor([5, 1, 9, 3])


def make_encoder(cell: str = "lstm", num_layers: int = 2, dropout: float = 0.0) -> Encoder:
    torch.manual_seed(0)
    config = EncoderConfig(
        cell=cell,  # type: ignore[arg-type]  # one of the literals
        hidden_size=6,
        num_layers=num_layers,
        dropout=dropout,
    )
    return Encoder(config, 4).eval()


def make_vectors(padding: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(4, 9 + padding, 4, generator=generator)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_states_are_those_of_torchs_bidirectional_network(cell: str, num_layers: int) -> None:
    """Compared with packed sequences and the same weights."""
    encoder = make_encoder(cell, num_layers)
    reference = REFERENCES[cell](4, 6, num_layers, batch_first=True, bidirectional=True)
    for layer in range(num_layers):
        for networks, suffix in ((encoder.forwards, ""), (encoder.backwards, "_reverse")):
            for name, weight in networks[layer].named_parameters():
                target = getattr(reference, f"{name.removesuffix('0')}{layer}{suffix}")
                target.data.copy_(weight)
    vectors = make_vectors(2)
    packed = nn.utils.rnn.pack_padded_sequence(
        vectors, LENGTHS, batch_first=True, enforce_sorted=False
    )
    expected, _ = nn.utils.rnn.pad_packed_sequence(reference(packed)[0], batch_first=True)
    states = encoder(vectors, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        assert torch.allclose(states[row, :length], expected[row, :length], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_states_of_a_sentence_depend_neither_on_padding_nor_on_the_batch(cell: str) -> None:
    encoder = make_encoder(cell)
    vectors = make_vectors(3)
    for row, length in enumerate(LENGTHS.tolist()):
        vectors[row, length:] = 1e3
    together = encoder(vectors, LENGTHS)
    assert together.shape == (4, 12, encoder.output_size)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = encoder(vectors[row : row + 1, :length], LENGTHS[row : row + 1])
        assert torch.allclose(together[row, :length], alone[0], atol=1e-5)


def test_every_state_knows_the_whole_sentence() -> None:
    encoder = make_encoder(num_layers=1)
    vectors = make_vectors().requires_grad_()
    encoder(vectors, LENGTHS)[0, 2].sum().backward()
    assert vectors.grad is not None
    reached = vectors.grad.abs().sum(dim=2) > 0
    assert reached[0].tolist() == [True] * 5 + [False] * 4
    assert not reached[1:].any()


def test_sizes_are_told() -> None:
    encoder = make_encoder()
    assert (encoder.input_size, encoder.output_size) == (4, 12)


def test_one_mask_over_all_positions_stands_around_every_layer() -> None:
    encoder = make_encoder(num_layers=2, dropout=0.5).train()
    calls: list[tuple[Tensor, Tensor]] = []
    encoder.dropout.register_forward_hook(
        lambda _module, inputs, output: calls.append((inputs[0], output))
    )
    states = encoder(make_vectors(), LENGTHS)
    assert [given.shape[2] for given, _ in calls] == [4, 12, 12]
    assert torch.equal(calls[-1][1], states)
    for given, taken in calls:
        ratio = (taken / given).nan_to_num()
        assert torch.allclose(ratio, ratio[:, :1].expand_as(ratio), atol=1e-5)


def test_dropout_is_for_training_only() -> None:
    encoder = make_encoder(dropout=0.5)
    vectors = make_vectors()
    assert torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))
    encoder.train()
    assert not torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))


@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_weights_of_each_gate_begin_orthogonal(cell: str) -> None:
    weights = make_encoder(cell).state_dict()
    recurrent = [weight for name, weight in weights.items() if "weight_hh" in name]
    assert len(recurrent) == 4
    for gate in torch.cat(recurrent).reshape(-1, 6, 6):
        assert torch.allclose(gate @ gate.T, torch.eye(6), atol=1e-5)


def test_forget_gates_begin_open_and_all_else_without_bias() -> None:
    weights = make_encoder("lstm").state_dict()
    bias = weights["forwards.0.bias_ih_l0"] + weights["forwards.0.bias_hh_l0"]
    assert bias.tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12
    assert not make_encoder("gru").state_dict()["forwards.0.bias_ih_l0"].any()
