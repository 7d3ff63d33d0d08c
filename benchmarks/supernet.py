"""A plain iteration of the supernet: the form that searches against the one that goes edge by edge, in one run.

Forward and backward pass of all weights in training mode, on one thread; CPU seconds, the least of interleaved rounds.
``launches``: calls of operations that compute, views and empty tensors left out, as a GPU would start kernels; counted
on tensors without values, which take the paths of a GPU where those of a CPU are others.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from dsrna.spaces import SpaceSettings, Supernet
from dsrna.testing.plain_supernet import PlainSupernet
from measuring import least

SETTINGS = [(8, 3, 1, 8, 64), (8, 3, 4, 8, 64), (16, 8, 1, 32, 16), (16, 8, 4, 32, 16)]
"""Channels, cells, k of the partial channels, pixels a side, batch."""

AT_LEAST = (1.5, 2.5)
"""Time and launches of the plain form, in those of the other."""

NO_WORK = frozenset({"aten::empty", "aten::new_empty", "aten::detach"})


class Launches(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what is computed while it is active."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: object, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        self.count += not (func.is_view or func.name().split(".")[0] in NO_WORK)
        return func(*args, **(kwargs or {}))


def iteration(model: Supernet, x: Tensor, y: Tensor) -> None:
    torch.autograd.grad(F.cross_entropy(model(x), y), model.weights(), materialize_grads=True)


def launches(model: Supernet, x: Tensor, y: Tensor) -> int:
    counted = Launches()
    with counted:
        iteration(model, x, y)
    return counted.count


def compare(channels: int, cells: int, partial_channels: int, pixels: int, batch: int) -> str:
    settings = SpaceSettings(cells=cells, channels=channels, partial_channels=partial_channels)
    forms = [form(settings, classes=10, in_channels=1) for form in (Supernet, PlainSupernet)]
    x, y = torch.rand(batch, 1, pixels, pixels), torch.randint(10, (batch,))
    fast, plain = least(*(partial(iteration, form, x, y) for form in forms), rounds=4)
    few, many = (launches(form.to("meta"), x.to("meta"), y.to("meta")) for form in forms)
    sizes = f"{channels:>8}{cells:>6}{partial_channels:>3}{pixels:>7}{batch:>6}"
    return f"{sizes}{fast:>9.3f}{plain:>9.3f}{plain / fast:>7.2f}{few:>9}{many:>7}{many / few:>7.2f}"


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"{'seconds':>43}{'launches':>23}")
    print("channels cells  k pixels batch     fast    plain  ratio     fast  plain  ratio")
    for setting in SETTINGS:
        print(compare(*setting), flush=True)
    print(f"at least{AT_LEAST[0]:>47.2f}{AT_LEAST[1]:>23.2f}")


if __name__ == "__main__":
    main()
