"""The bare products are those that a model computes, no more and no fewer."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import seqtag
from scripts.benchmark.limit import (
    Product,
    Products,
    Shapes,
    Sizes,
    backward_products,
    forward_products,
    sizes_of,
)
from seqtag.layers.cells.peephole import PeepholeLSTM
from seqtag.training.tagging import build_model

SIZES = Sizes(7, 5, 2, 2, 4, (3, 2))
SHAPES = Shapes(sentences=2, length=4, words=6, characters=3)


def flops(products: object) -> int:
    return sum(product.flops for product in products)  # type: ignore[attr-defined]


def test_forward_products_agree_with_the_formula() -> None:
    """Of each layer and direction inputs and states, 4 gates each; of each head the tags."""
    tokens = 2 * 4
    first = 2 * (tokens * 7 * 4 * 5 + tokens * 5 * 4 * 5)
    second = 2 * (tokens * 10 * 4 * 5 + tokens * 5 * 4 * 5)
    heads = tokens * 10 * (3 + 2)
    assert flops(forward_products(SIZES, SHAPES)) == 2 * (first + second + heads)


def test_backward_pass_has_twice_the_products_of_the_forward_pass() -> None:
    """One gradient for the weights and one for what they were multiplied with."""
    for characters in ("none", "cnn", "lstm"):
        sizes = Sizes(7, 5, 2, 2, 4, (3, 2), characters, 4, 6)
        forward = flops(forward_products(sizes, SHAPES))
        assert flops(backward_products(sizes, SHAPES)) == 2 * forward


@pytest.mark.skipif(
    torch.__version__.startswith("2.3."),
    reason="torch 2.3 cannot count products that are written into memory of their own",
)
def test_forward_products_are_those_that_torch_counts() -> None:
    cell = PeepholeLSTM(7, 5)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        cell(torch.zeros(2, 4, 7))
    sizes = Sizes(7, 5, 1, 1, 4, ())
    assert counter.get_total_flops() == flops(forward_products(sizes, SHAPES))


def test_steps_of_the_recurrence_are_products_of_their_own() -> None:
    products = list(forward_products(Sizes(7, 5, 1, 2, 4, ()), SHAPES))
    assert (
        products
        == [
            Product(8, 7, 20, second_turned=True),
            Product(2, 5, 20, 4, second_turned=True),
        ]
        * 2
    )
    assert Products(Sizes(7, 5, 1, 2, 4, ()), [SHAPES], 8, training=False).count == 2 * (1 + 4)


@pytest.mark.parametrize("kernel", ["plain", "fastest"])
def test_products_are_computed(kernel: str) -> None:
    shapes = [SHAPES, Shapes(3, 2, 4, 5)]
    sizes = Sizes(7, 5, 2, 2, 4, (3,), "lstm", 4, 6)
    products = Products(sizes, shapes, 14, training=True, kernel=kernel)  # type: ignore[arg-type]
    assert products.run() == 14
    assert products.flops == sum(
        flops(forward_products(sizes, s)) + flops(backward_products(sizes, s)) for s in shapes
    )


def test_sizes_are_those_of_the_model(pos: seqtag.Tagger) -> None:
    sizes = sizes_of(pos.spec)
    model = build_model(pos.spec)
    assert sizes.input_size == model.encoder.input_size
    assert sizes.directions * sizes.hidden_size == model.encoder.output_size
    weights = model.state_dict()
    assert sizes.tags == tuple(len(weights[f"heads.{n}.projection.bias"]) for n in range(2))


@pytest.mark.skipif(
    torch.__version__.startswith("2.3."),
    reason="torch 2.3 cannot count products that are written into memory of their own",
)
def test_products_of_a_training_step_are_those_that_torch_counts() -> None:
    cell = PeepholeLSTM(7, 5)
    cell.initialize()
    vectors = torch.zeros(2, 4, 7, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        states, _ = cell(vectors)
        states.sum().backward()
    sizes = Sizes(7, 5, 1, 1, 4, ())
    step = flops(forward_products(sizes, SHAPES)) + flops(backward_products(sizes, SHAPES))
    assert counter.get_total_flops() == step
