"""Batch norm by the statistics of the images of all processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from dsrna.runtime.processes import Processes

Features = Float[Tensor, "batch channels height width"]
Channels = Float[Tensor, " channels"]


@contextmanager
def whole_batch_statistics(processes: Processes) -> Iterator[None]:
    """Let every batch norm in training mode use the mean and the variance over the images of all processes.

    Whoever calls it: a supernet's own, and those of operations that somebody registered. One process alone has torch's.
    """
    if processes.size == 1:
        yield
        return
    with _Shared(processes):
        yield


class _Shared(TorchFunctionMode):
    def __init__(self, processes: Processes) -> None:
        super().__init__()
        self.processes = processes

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func is F.batch_norm and given.get("training", False):
            del given["training"]
            return batch_norm(self.processes, *args, **given)
        return func(*args, **given)


def batch_norm(
    processes: Processes,
    x: Features,
    running_mean: Channels | None,
    running_var: Channels | None,
    *,
    weight: Channels | None = None,
    bias: Channels | None = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Features:
    """Normalise by the statistics over all processes; torch's arguments, docs/explanation/distributed.md's formulas.

    Sums of squares are taken around the running mean, which every process has: around zero they would cancel.
    """
    around = x.new_zeros(x.shape[1]) if running_mean is None else running_mean.clone()
    whole = Whole.of(x.detach(), around, processes, eps)
    if running_mean is not None and running_var is not None:
        running_mean.lerp_(whole.mean, momentum)
        running_var.lerp_(whole.variance * whole.count / (whole.count - 1), momentum)
    normalised: Features = _Normalised.apply(x, weight, bias, whole)  # type: ignore[no-untyped-call]
    return normalised


@dataclass(frozen=True)
class Whole:
    """The batch of all processes: its mean and variance, and of how many pixels a channel."""

    processes: Processes
    eps: float
    mean: Tensor
    variance: Tensor
    count: Tensor

    @classmethod
    def of(cls, x: Tensor, around: Tensor, processes: Processes, eps: float) -> "Whole":
        centred, pixels = x - around[:, None, None], x.new_tensor([x.numel() / x.shape[1]])
        sums = processes.total(torch.cat([centred.sum((0, 2, 3)), centred.square_().sum((0, 2, 3)), pixels]))
        offset, square = (sums[:-1] / sums[-1]).chunk(2)
        return cls(processes, eps, around + offset, square - offset.square(), sums[-1])


class _Normalised(torch.autograd.Function):
    """Batch norm whose given statistics are those of ``x`` itself, over all processes.

    Torch's kernels for fixed statistics do the most of it; the gradient through the statistics is added.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, whole: Whole) -> Tensor:
        ctx.whole = whole
        ctx.save_for_backward(x, weight)
        return F.batch_norm(x, whole.mean, whole.variance, weight, bias, training=False, eps=whole.eps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight), whole = ctx.saved_tensors, ctx.whole
        fixed = (gradients[0], x, weight, whole.mean, whole.variance, None, None, False, whole.eps, [True, True, True])
        of_x, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(*fixed)
        along, level = (whole.processes.total(torch.cat([of_weight, of_bias])) / whole.count).chunk(2)
        inverse = torch.rsqrt(whole.variance + whole.eps)
        scale = inverse if weight is None else inverse * weight
        slope = -scale * along * inverse
        of_x += torch.addcmul((-scale * level - slope * whole.mean)[:, None, None], x, slope[:, None, None])
        found = zip((of_x, of_weight, of_bias), ctx.needs_input_grad, strict=False)
        return *(part if wanted else None for part, wanted in found), None
