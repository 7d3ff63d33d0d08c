"""Every operation in use, each as a function of one tensor with the shape it is tried on."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

Case = tuple[Callable[[Tensor], Tensor], tuple[int, ...]]

DRAW = torch.Generator().manual_seed(7)
IMAGE = (2, 4, 6, 7)
MATRIX = (3, 5)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=DRAW)


WEIGHT, BIAS, KERNEL = drawn(4, 5), drawn(4), drawn(6, 4, 3, 3)
GROUPED, DEPTHWISE = drawn(4, 2, 3, 3), drawn(4, 1, 5, 5)
MEAN, VARIANCE, SCALE, SHIFT = drawn(4), drawn(4).square() + 0.1, drawn(4), drawn(4)
MIX, OTHER = drawn(3), drawn(4, 1, 1)

LINEAR: Final[dict[str, Case]] = {
    "linear": (lambda x: F.linear(x, WEIGHT, BIAS), MATRIX),
    "linear, no bias": (lambda x: F.linear(x, WEIGHT), MATRIX),
    "conv2d": (lambda x: F.conv2d(x, KERNEL), IMAGE),
    "conv2d, strided, padded": (lambda x: F.conv2d(x, KERNEL, None, (2, 1), (1, 2)), IMAGE),
    "conv2d, of one image": (lambda x: F.conv2d(x, KERNEL), IMAGE[1:]),
    "conv2d, same": (lambda x: F.conv2d(x, KERNEL, padding="same", dilation=2), IMAGE),
    "conv2d, grouped": (lambda x: F.conv2d(x, GROUPED, BIAS, 1, 1, 1, 2), IMAGE),
    "conv2d, grouped, of one pixel": (lambda x: F.conv2d(x, GROUPED[:, :, :1, :1], BIAS, groups=2), IMAGE),
    "conv2d, depthwise, dilated": (lambda x: F.conv2d(x, DEPTHWISE, None, 2, 4, 2, 4), IMAGE),
    "conv2d, depthwise, of one size": (lambda x: F.conv2d(x, DEPTHWISE, None, 1, 4, 2, 4), IMAGE),
    "conv2d, reflected": (lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), KERNEL), IMAGE),
    "batch norm": (lambda x: F.batch_norm(x, MEAN, VARIANCE, SCALE, SHIFT), IMAGE),
    "batch norm, not affine": (lambda x: F.batch_norm(x, MEAN, VARIANCE), IMAGE),
    "batch norm of vectors": (lambda x: F.batch_norm(x, MEAN, VARIANCE, SCALE, SHIFT), (3, 4)),
}

ACTIVATIONS: Final[dict[str, Case]] = {
    "relu": (F.relu, IMAGE),
    "relu, in place": (lambda x: F.relu(x, inplace=True), IMAGE),
    "torch.relu": (torch.relu, IMAGE),
    "torch.relu_": (torch.relu_, IMAGE),
    "Tensor.relu": (lambda x: x.relu(), IMAGE),
    "Tensor.relu_": (lambda x: x.relu_(), IMAGE),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), IMAGE),
    "leaky_relu_": (lambda x: F.leaky_relu_(x, 0.2), IMAGE),
    "sigmoid": (torch.sigmoid, IMAGE),
    "sigmoid_": (torch.sigmoid_, IMAGE),
    "Tensor.sigmoid": (lambda x: x.sigmoid(), IMAGE),
    "Tensor.sigmoid_": (lambda x: x.sigmoid_(), IMAGE),
    "tanh": (torch.tanh, IMAGE),
    "tanh_": (torch.tanh_, IMAGE),
    "Tensor.tanh": (lambda x: x.tanh(), IMAGE),
    "Tensor.tanh_": (lambda x: x.tanh_(), IMAGE),
    "gelu": (F.gelu, IMAGE),
    "gelu, by tanh": (lambda x: F.gelu(x, approximate="tanh"), IMAGE),
    "dropout": (lambda x: F.dropout(x, 0.5, training=False), IMAGE),
    "dropout1d": (lambda x: F.dropout1d(x, 0.5, training=False), MATRIX),
    "dropout2d": (lambda x: F.dropout2d(x, 0.5, training=False), IMAGE),
    "dropout3d": (lambda x: F.dropout3d(x, 0.5, training=False), IMAGE),
    "alpha_dropout": (lambda x: F.alpha_dropout(x, 0.5, training=False), IMAGE),
    "feature_alpha_dropout": (lambda x: F.feature_alpha_dropout(x, 0.5, training=False), IMAGE),
}

POOLING: Final[dict[str, Case]] = {
    "max pool, overlapping, padded": (lambda x: F.max_pool2d(x, 3, 1, 1), IMAGE),
    "max pool, dilated, ceil": (lambda x: F.max_pool2d(x, 2, 2, 1, 2, ceil_mode=True), IMAGE),
    "torch.max_pool2d": (lambda x: torch.max_pool2d(x, 3, 2), IMAGE),
    "average pool": (lambda x: F.avg_pool2d(x, 3, 2, 1), IMAGE),
    "average pool, inside only": (lambda x: F.avg_pool2d(x, 3, 1, 1, False, False), IMAGE),
    "average pool, ceil": (lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), IMAGE),
    "adaptive average": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), IMAGE),
    "adaptive maximum": (lambda x: F.adaptive_max_pool2d(x, 4), IMAGE),
}

ARITHMETIC: Final[dict[str, Case]] = {
    "x + y": (lambda x: x[:, :2] + x[:, 2:], IMAGE),
    "x + 2": (lambda x: 2 + x + 1, IMAGE),
    "wider + x": (lambda x: OTHER + x, (6, 7)),
    "torch.add": (lambda x: torch.add(x, F.relu(x), alpha=-2), IMAGE),
    "torch.add, constant first": (lambda x: torch.add(OTHER, x, alpha=-2), IMAGE),
    "x += y": (lambda x: F.relu(x).add_(x), IMAGE),
    "x - y": (lambda x: F.relu(x) - x, IMAGE),
    "constants - x": (lambda x: torch.sub(OTHER, 1 - x, alpha=3), IMAGE),
    "x -= y": (lambda x: F.relu(x).sub_(x), IMAGE),
    "torch.rsub": (lambda x: torch.rsub(x, OTHER, alpha=2), IMAGE),
    "torch.subtract": (lambda x: torch.subtract(x, 1), IMAGE),
    "-x": (lambda x: -torch.neg(x).neg_(), IMAGE),
    "torch.negative": (torch.negative, IMAGE),
    "a x, any sign": (lambda x: OTHER * x * -0.5, IMAGE),
    "torch.mul": (lambda x: torch.mul(x, OTHER), IMAGE),
    "torch.multiply": (lambda x: torch.multiply(x, -2), IMAGE),
    "x *= a": (lambda x: x.mul_(OTHER), IMAGE),
    "x / a": (lambda x: x / OTHER, IMAGE),
    "torch.div": (lambda x: torch.div(x, -3), IMAGE),
    "torch.divide": (lambda x: torch.divide(x, OTHER), IMAGE),
    "torch.true_divide": (lambda x: torch.true_divide(x, OTHER), IMAGE),
    "x /= a": (lambda x: x.div_(OTHER), IMAGE),
    "sum of a list": (lambda x: torch.relu(sum([MIX[0] * x, MIX[1] * x.relu()], start=MIX[2])), IMAGE),
}

SHAPES: Final[dict[str, Case]] = {
    "flatten": (lambda x: torch.flatten(x.flatten(2), 1), IMAGE),
    "reshape, view": (lambda x: torch.reshape(x.reshape(2, -1), (4, -1)).view(len(x), x.size(1), -1), IMAGE),
    "permute": (lambda x: torch.permute(x.permute(0, 2, 3, 1), (1, 0, 2, 3)), IMAGE),
    "transpose": (lambda x: torch.transpose(x.transpose(1, 2), 0, -1), IMAGE),
    "squeeze": (lambda x: torch.squeeze(x.unsqueeze(1), 1).squeeze(), IMAGE),
    "unsqueeze": (lambda x: torch.unsqueeze(x, -1), IMAGE),
    "channel shuffle": (lambda x: F.channel_shuffle(x, 2), IMAGE),
    "slice": (lambda x: x[:, 1:3, ::2, 0], IMAGE),
    "slice from the end": (lambda x: x[..., None, -3:-1], IMAGE),
    "new dimensions": (lambda x: x[:, None][..., 2, None, :], IMAGE),
    "one example": (lambda x: x[-1], IMAGE),
    "nothing cut off": (lambda x: x[:, :9], IMAGE),
    "take": (lambda x: x[:, torch.tensor([2, 0, 0])], IMAGE),
    "contiguous": (lambda x: x.transpose(1, 2).contiguous(), IMAGE),
    "clone": (lambda x: torch.clone(x.clone()), IMAGE),
    "cat": (lambda x: torch.cat([x, F.relu(x), OTHER.expand(2, 4, 6, 7)], dim=1), IMAGE),
    "concat": (lambda x: torch.concat((x, -x), 1), IMAGE),
    "concatenate": (lambda x: torch.concatenate([x, -x]), IMAGE),
    "stack": (lambda x: torch.stack([x, torch.zeros_like(x)], 2), IMAGE),
    "pad": (lambda x: F.pad(x, (1, 0, 2, 1)), IMAGE),
    "pad that cuts": (lambda x: F.pad(x, (-1, 2, 0, -2)), IMAGE),
    "pad with a value": (lambda x: F.pad(x, (1, 1), value=-2.5), IMAGE),
    "pad by replication": (lambda x: F.pad(x, (2, 1, 1, 2), mode="replicate"), IMAGE),
    "pad around": (lambda x: F.pad(x, (2, 1, 1, 2), mode="circular"), IMAGE),
    "sum": (lambda x: torch.sum(x, 1).sum((1, 2)), IMAGE),
    "sum by another name": (lambda x: x.sum(axis=-1), IMAGE),  # type: ignore[call-overload]  # torch takes it
    "mean": (lambda x: torch.mean(x.mean((2, 3), keepdim=True), 1), IMAGE),
    "mean, size kept": (lambda x: x.mean(-1, True), IMAGE),
}

CASES: Final[dict[str, Case]] = {**LINEAR, **ACTIVATIONS, **POOLING, **ARITHMETIC, **SHAPES}
