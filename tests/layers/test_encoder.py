from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from seqtag.config import EncoderConfig
from seqtag.layers.cells import CELLS
from seqtag.layers.encoder import Encoder

REFERENCES: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
    "peephole": nn.LSTM,
}
LENGTHS = torch.tensor([5, 1, 9, 3])

every_encoder = pytest.mark.parametrize(
    ("cell", "bidirectional", "attention", "num_layers"),
    list(itertools.product(CELLS, [True, False], [True, False], [1, 2])),
)


def make_encoder(
    cell: str = "lstm",
    num_layers: int = 2,
    dropout: float = 0.0,
    *,
    bidirectional: bool = True,
    attention: bool = False,
) -> Encoder:
    torch.manual_seed(0)
    config = EncoderConfig(
        cell=cell,  # type: ignore[arg-type]  # one of the literals
        bidirectional=bidirectional,
        hidden_size=6,
        num_layers=num_layers,
        attention=attention,
        attention_heads=3,
        dropout=dropout,
    )
    return Encoder(config, 4).eval()


def make_trained(cell: str, num_layers: int, *, bidirectional: bool, attention: bool) -> Encoder:
    """Return an encoder none of whose weights has stayed what it was at first, such as zero."""
    encoder = make_encoder(cell, num_layers, bidirectional=bidirectional, attention=attention)
    for weight in encoder.parameters():
        nn.init.normal_(weight, std=0.4)
    return encoder


def make_vectors(padding: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(4, 9 + padding, 4, generator=generator)


@pytest.mark.parametrize("cell", REFERENCES)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_states_are_those_of_torchs_bidirectional_network(cell: str, num_layers: int) -> None:
    """Compared with packed sequences and the same weights."""
    encoder = make_encoder(cell, num_layers)
    reference = REFERENCES[cell](4, 6, num_layers, batch_first=True, bidirectional=True)
    suffixes = {"forwards": "", "backwards": "_reverse"}
    for name, weight in encoder.named_parameters():
        direction, layer, kind = name.split(".")
        if kind in ("weight_ci", "weight_cf", "weight_co"):
            continue  # peepholes are closed at first
        target = getattr(reference, f"{kind.removesuffix('0')}{layer}{suffixes[direction]}")
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
def test_one_direction_reads_as_the_cell_does(cell: str) -> None:
    encoder = make_encoder(cell, bidirectional=False)
    assert (encoder.output_size, encoder.backwards) == (6, None)
    assert not any(name.startswith("backwards") for name in encoder.state_dict())
    expected = vectors = make_vectors()
    for network in encoder.forwards:
        expected, _ = network(expected)
    assert torch.equal(encoder(vectors, LENGTHS), expected)


@every_encoder
def test_states_of_a_sentence_depend_neither_on_padding_nor_on_the_batch(
    cell: str, bidirectional: bool, attention: bool, num_layers: int
) -> None:
    encoder = make_trained(cell, num_layers, bidirectional=bidirectional, attention=attention)
    vectors = make_vectors(3)
    for row, length in enumerate(LENGTHS.tolist()):
        vectors[row, length:] = 1e3
    together = encoder(vectors, LENGTHS)
    assert encoder.output_size == (12 if bidirectional else 6)
    assert together.shape == (4, 12, encoder.output_size)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = encoder(vectors[row : row + 1, :length], LENGTHS[row : row + 1])
        assert torch.allclose(together[row, :length], alone[0], atol=1e-5)


@every_encoder
def test_every_weight_gets_a_gradient(
    cell: str, bidirectional: bool, attention: bool, num_layers: int
) -> None:
    encoder = make_trained(cell, num_layers, bidirectional=bidirectional, attention=attention)
    states = encoder(make_vectors(), LENGTHS)
    sum(states[row, :length].square().sum() for row, length in enumerate(LENGTHS)).backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


@every_encoder
def test_state_knows_what_its_direction_has_read_or_by_attention_the_whole_sentence(
    cell: str, bidirectional: bool, attention: bool, num_layers: int
) -> None:
    encoder = make_trained(cell, num_layers, bidirectional=bidirectional, attention=attention)
    vectors = make_vectors().requires_grad_()
    encoder(vectors, LENGTHS)[0, 2].sum().backward()
    assert vectors.grad is not None
    reached = vectors.grad.abs().sum(dim=2) > 0
    seen = 5 if bidirectional or attention else 3
    assert reached[0].tolist() == [True] * seen + [False] * (9 - seen)
    assert not reached[1:].any()


@pytest.mark.parametrize("bidirectional", [True, False])
def test_attention_begins_as_if_it_were_not_there(bidirectional: bool) -> None:
    """The recurrent layers draw the same weights with and without it."""
    with_it, without = (
        make_encoder(bidirectional=bidirectional, attention=attention)
        for attention in (True, False)
    )
    vectors = make_vectors()
    assert torch.equal(with_it(vectors, LENGTHS), without(vectors, LENGTHS))


def test_sizes_are_told() -> None:
    encoder = make_encoder()
    assert (encoder.input_size, encoder.output_size) == (4, 12)


def test_weights_keep_the_names_that_saved_models_have() -> None:
    kinds = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    expected = {
        f"{direction}.{layer}.{kind}"
        for direction in ("forwards", "backwards")
        for layer in range(2)
        for kind in kinds
    }
    assert make_encoder().state_dict().keys() == expected


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


@pytest.mark.parametrize("attention", [False, True])
def test_dropout_is_for_training_only(attention: bool) -> None:
    encoder = make_encoder(dropout=0.5, attention=attention)
    vectors = make_vectors()
    assert torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))
    encoder.train()
    assert not torch.equal(encoder(vectors, LENGTHS), encoder(vectors, LENGTHS))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_draws_its_own_first_weights(cell: str) -> None:
    """Those of the cells are tested where they are; here none may be left out."""
    weights = make_encoder(cell).state_dict()
    recurrent = [weight for name, weight in weights.items() if "weight_hh" in name]
    assert len(recurrent) == 4
    for gate in torch.cat(recurrent).reshape(-1, 6, 6):
        assert torch.allclose(gate @ gate.T, torch.eye(6), atol=1e-5)
