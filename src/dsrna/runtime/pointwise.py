"""Convolution by kernels of one pixel in groups, faster on a CPU.

The library's kernels go through the groups one by one, or fall back to a slow form where a group has few channels;
docs/explanation/search.md says what products of matrices gain.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

Features = Float[Tensor, "batch _ height width"]


def pointwise(x: Features, weight: Float[Tensor, "out _ 1 1"], groups: int) -> Features:
    """Convolve; of a tensor that only stands for one, as in a trace, and on a GPU, by torch's convolution."""
    if groups == 1 or type(x) is not Tensor or x.device.type != "cpu" or torch.compiler.is_compiling():
        return F.conv2d(x, weight, groups=groups)
    kernels = weight.reshape(groups, -1, weight.shape[1])
    return torch.matmul(kernels, x.reshape(len(x), groups, weight.shape[1], -1)).reshape(len(x), -1, *x.shape[2:])
