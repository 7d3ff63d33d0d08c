"""Batch norm held at the statistics of one batch: the network whose bound certified training takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

BatchNorm = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)

Statistics = dict[str, tuple[Tensor, Tensor]]
"""Mean and variance, each ``(channels,)``, of what came into a batch norm, by the module's dotted name."""


def held(model: nn.Module, statistics: Statistics) -> dict[str, Tensor]:
    """Return the tensors that hold each batch norm at its statistics, to bound the model with (``margin_bound``).

    Gradients flow into the statistics, and through them into the weights before. Without that, weights would seem to
    shrink a bound by shrinking themselves, which the next batch's statistics undo. In evaluation mode the model with
    these tensors equals itself in training mode on the batch that the statistics are from.

    torch does not differentiate in running statistics, so they go into weight and bias. A norm without those keeps
    statistics with a gradient, which bounds take; torch can run it without gradients only.
    """
    norms = dict(model.named_modules())
    return {
        f"{name}.{key}": value
        for name, (mean, variance) in statistics.items()
        for key, value in _affine(norms[name], mean, variance).items()
    }


@contextmanager
def observing(model: nn.Module) -> Iterator[Statistics]:
    """Gather the statistics by which each batch norm in training mode normalises; of two uses of one, the last."""
    statistics: Statistics = {}
    hooks = [
        module.register_forward_pre_hook(partial(_observe, statistics, name))
        for name, module in model.named_modules()
        if isinstance(module, BatchNorm) and module.training
    ]
    try:
        yield statistics
    finally:
        for hook in hooks:
            hook.remove()


def _observe(statistics: Statistics, name: str, _: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    x = inputs[0]
    variance, mean = torch.var_mean(x, dim=[0, *range(2, x.ndim)], correction=0)
    statistics[name] = (mean, variance)


def _affine(norm: nn.Module, mean: Tensor, variance: Tensor) -> dict[str, Tensor]:
    assert isinstance(norm, BatchNorm)
    if not norm.affine:
        return {"running_mean": mean, "running_var": variance}
    scale = norm.weight * torch.rsqrt(variance + norm.eps)
    neutral = {"running_mean": torch.zeros_like(mean), "running_var": torch.full_like(variance, 1 - norm.eps)}
    return {"weight": scale, "bias": norm.bias - mean * scale, **neutral}
