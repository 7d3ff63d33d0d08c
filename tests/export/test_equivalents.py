"""Modules put as other operations: the same numbers."""

import pytest
import torch
from export_cases import cell_network
from torch import nn

from dsrna.export.equivalents import EQUIVALENTS, OneConvolution, simplified
from dsrna.spaces.operations import FactorizedReduce


@pytest.mark.parametrize("size", [(6, 6), (7, 7), (6, 7), (1, 2)])
@pytest.mark.parametrize("outputs", [4, 5])
def test_a_factorized_reduction_is_one_convolution(size: tuple[int, int], outputs: int) -> None:
    """Else the network in the file is another one, at odd sizes or with an odd number of channels."""
    block = FactorizedReduce(3, outputs, affine=True).double().eval()
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(OneConvolution(block).double().eval()(x), block(x), rtol=1e-12, atol=1e-12)


def test_pooling_of_everything_is_the_mean_and_of_less_stays() -> None:
    """Else the classifier's input is another one."""
    x = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(EQUIVALENTS[nn.AdaptiveAvgPool2d](nn.AdaptiveAvgPool2d(1))(x), nn.AdaptiveAvgPool2d(1)(x))
    pool = nn.AdaptiveAvgPool2d(2)
    assert EQUIVALENTS[nn.AdaptiveAvgPool2d](pool) is pool


def test_nothing_that_has_an_equivalent_is_left() -> None:
    """Else the file has slices, which few verifiers know."""
    networks = [cell_network(seed) for seed in range(6)]
    assert any(isinstance(module, FactorizedReduce) for network in networks for module in network.modules())
    for network in networks:
        assert not any(isinstance(module, tuple(EQUIVALENTS)) for module in simplified(network).modules())
