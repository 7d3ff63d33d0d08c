"""By how much an operation can stretch a distance between two inputs: its Lipschitz constant in L-inf, from above.

In evaluation mode. ReLU, pooling and identity have 1; of linear maps it is the largest sum of a row's absolute values;
batch norm multiplies it by its scale; constants of operations one after the other multiply.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.spaces.chains import Chains, Kernels
from dsrna.spaces.families import Family, ParameterFree, Reductions
from dsrna.spaces.operations import FactorizedReduce, ReluConvNorm


def family_gains(family: Family) -> Float[Tensor, "edges members"]:
    """Return the constant of every candidate; ``UserError`` for one of a build that is not ours."""
    stack = family.stack
    if isinstance(family, ParameterFree):
        place = next((buffer.device for buffer in family.buffers()), None)
        row = torch.stack([_normed(candidate).to(place) for candidate in family.candidates])
        return row.expand(stack.edges, stack.members)
    if isinstance(family, Reductions):
        halves = [_rows(convolution).reshape(stack.candidates, -1) for convolution in (family.even, family.odd)]
        gains = torch.cat(halves, dim=1).flatten() * _scale(family.norm)
    elif isinstance(family, Chains):
        gains = _chain(family)
    else:
        raise UserError("racl knows no Lipschitz constant of a candidate in space.operations that was registered later")
    return gains.reshape(stack.edges, stack.members, stack.channels).amax(dim=2)


def block_gain(block: nn.Module) -> Float[Tensor, ""]:
    """Return the constant of a block that brings a cell's input to its channels."""
    if isinstance(block, FactorizedReduce):
        rows = torch.cat([_rows(block.even), _rows(block.odd)])
        return (rows * _scale(block.norm)).amax()
    assert isinstance(block, ReluConvNorm)
    _, convolution, norm = block.children()
    assert isinstance(convolution, nn.Conv2d)
    return (_rows(convolution) * _scale(norm)).amax()


def _chain(chain: Chains) -> Float[Tensor, " rows"]:
    """Rows stand in the order edge, candidate, channel; every row of a block gets the largest of its candidate's."""
    channels = chain.stack.channels
    gains = torch.ones(())
    norms = [*chain.norms, chain.last]
    for kernels, pointwise, norm in zip(chain.depthwise, chain.pointwise, norms, strict=True):
        assert isinstance(kernels, Kernels)
        assert isinstance(pointwise, nn.Conv2d)
        each = kernels().detach().abs().sum(dim=(1, 2, 3)).reshape(-1, 1, channels)
        matrices = pointwise.weight.detach().abs().reshape(-1, channels, channels)
        through = (matrices * each).sum(dim=2) * _scale(norm).reshape(-1, channels)
        gains = gains.to(through) * through.amax(dim=1, keepdim=True).expand(-1, channels)
    return gains.flatten()


def _rows(convolution: nn.Conv2d) -> Float[Tensor, " rows"]:
    return convolution.weight.detach().abs().flatten(1).sum(dim=1)


def _scale(norm: nn.Module) -> Float[Tensor, " channels"]:
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_var is not None
    return torch.rsqrt(norm.running_var + norm.eps)


def _normed(candidate: nn.Module) -> Float[Tensor, ""]:
    """Pooling with its norm, or identity."""
    norms = [module for module in candidate.children() if isinstance(module, nn.BatchNorm2d)]
    return _scale(norms[0]).amax() if norms else torch.ones(())
