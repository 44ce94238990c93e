from __future__ import annotations

import pytest
import torch

from seqtag.layers import packed
from seqtag.layers.packed import Product


@pytest.mark.parametrize("can_pack", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 7, 128, 300])
@pytest.mark.parametrize("bias", [True, False])
def test_products_are_those_of_the_matrix(
    rows: int, bias: bool, can_pack: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_pack:
        monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)
    elif not packed._has_functions():
        pytest.skip("this torch has not the functions")
    torch.manual_seed(rows)
    whole = torch.randn(40, 30)
    weight = whole[:, 7:]  # a part of a matrix is no block of memory
    added = torch.randn(40) if bias else None
    values = torch.randn(rows, 23)
    with torch.inference_mode():
        product = Product(weight, added)
        found = product(values)
    assert (product._packed is not None) == can_pack
    wanted = values.double() @ weight.double().t() + (0 if added is None else added.double())
    torch.testing.assert_close(found.double(), wanted, rtol=1e-5, atol=1e-5)


def test_rows_do_not_depend_on_each_other() -> None:
    torch.manual_seed(0)
    product = Product(torch.randn(50, 64))
    values = torch.randn(200, 64)
    whole = product(values)
    for row in (0, 99, 199):
        torch.testing.assert_close(product(values[row : row + 1])[0], whole[row])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_are_multiplied_as_ever(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    weight, values = torch.randn(5, 4).to(dtype), torch.randn(3, 4).to(dtype)
    torch.testing.assert_close(Product(weight)(values), values @ weight.t())


def test_rows_that_are_no_block_of_memory() -> None:
    torch.manual_seed(0)
    weight, values = torch.randn(5, 4), torch.randn(4, 3).t()
    torch.testing.assert_close(Product(weight)(values), values @ weight.t())
