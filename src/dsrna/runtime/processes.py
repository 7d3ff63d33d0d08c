"""The processes that work together. One alone is the trivial case, so that a search has no case for several."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import Tensor

from dsrna.errors import UserError

PATIENCE: Final = timedelta(minutes=30)
"""How long a process waits for the others."""


class LostProcessError(UserError):
    """Another process has ended, or this one was told to."""


class Processes:
    """One process alone; ``Several`` is more.

    Where there are more, each calls every method in the same order, with tensors of the same shapes.
    """

    rank: int = 0
    size: int = 1

    @property
    def part(self) -> slice:
        """Which images of a batch are this process's: every ``size``-th, so that the first few are spread too."""
        return slice(self.rank, None, self.size)

    def share(self, count: int) -> int:
        """Return how many of the first ``count`` images of a batch are this process's."""
        return len(range(count)[self.part])

    def over_all(self, mean: Tensor, count: int) -> Tensor:  # noqa: ARG002
        """Return the mean over the images of all processes, where ``mean`` is that over ``count`` of this one.

        The gradient is this process's part of it: the mean of these over the processes is the whole one.
        """
        return mean

    def total(self, tensor: Tensor) -> Tensor:
        """Return the sum over the processes; differentiable, of the sum over the processes of what follows from it."""
        return tensor

    def mean(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return the means over the processes, by one message; no graph is kept."""
        return list(tensors)

    def told(self, data: bytes) -> bytes:
        """Return the first process's ``data``."""
        return data

    @contextmanager
    def assigned(self, work: bytes) -> Iterator[None]:  # noqa: ARG002
        """Tell the others, who wait for it, what is worked on in the block; afterwards they wait again."""
        yield

    def dismiss(self) -> None:
        """Tell nothing, ``b""``, to processes that wait to be told what to do, so that they end; once is enough."""

    def place(self, device: torch.device) -> torch.device:
        """Return the device of this process where ``device`` is chosen for all."""
        return device


class Several(Processes):
    """The processes of torch's default group."""

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._waited_for = True

    def over_all(self, mean: Tensor, count: int) -> Tensor:
        whole: Tensor = _OverAll.apply(mean, count, self)  # type: ignore[no-untyped-call]
        return whole

    def total(self, tensor: Tensor) -> Tensor:
        total: Tensor = _Total.apply(tensor, self)  # type: ignore[no-untyped-call]
        return total

    def mean(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        flat = self.reduced(torch.cat([tensor.detach().flatten() for tensor in tensors])) / self.size
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        return [part.view_as(tensor) for part, tensor in zip(parts, tensors, strict=True)]

    def told(self, data: bytes) -> bytes:
        length = torch.tensor(len(data))
        with _saying_who_is_lost():
            dist.broadcast(length, 0)
            message = torch.frombuffer(bytearray(data or b"\0"), dtype=torch.uint8)
            message = message if self.rank == 0 else torch.empty(max(1, int(length)), dtype=torch.uint8)
            dist.broadcast(message, 0)
        return message.numpy().tobytes()[: int(length)]

    @contextmanager
    def assigned(self, work: bytes) -> Iterator[None]:
        # Where the work ends by an error, the others are in the middle of it and listen no more.
        self._waited_for = False
        self.told(work)
        yield
        self._waited_for = True

    def dismiss(self) -> None:
        if self._waited_for:
            self._waited_for = False
            with suppress(LostProcessError):
                self.told(b"")

    def place(self, device: torch.device) -> torch.device:
        if device.type != "cuda":
            return device
        local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if device != torch.device("cuda") or local >= gpus:
            raise UserError(
                f"several processes share no GPU: device {device} and {gpus} GPUs are not enough for process {local} "
                f"of this machine; use --device cuda and --nproc-per-node {gpus}, or --device cpu"
            )
        torch.cuda.set_device(local)
        return torch.device("cuda", local)

    def reduced(self, tensor: Tensor) -> Tensor:
        """Return the sum over the processes; ``tensor`` is overwritten."""
        with _saying_who_is_lost():
            dist.all_reduce(tensor)
        return tensor


class _Total(torch.autograd.Function):
    """A sum over processes. What follows from it on any of them goes back to every term of it."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, processes: Several) -> Tensor:
        ctx.processes = processes
        return processes.reduced(tensor.detach().clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        processes: Several = ctx.processes
        return processes.total(gradients[0]), None


class _OverAll(torch.autograd.Function):
    """A mean over the images of all processes, differentiated by those of this one."""

    @staticmethod
    def forward(ctx: Any, mean: Tensor, count: int, processes: Several) -> Tensor:
        sums = processes.reduced(torch.stack([count * mean.detach(), mean.new_tensor(count)]))
        ctx.weight = count * processes.size / sums[1]
        whole: Tensor = sums[0] / sums[1]
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return ctx.weight * gradients[0], None, None


_CURRENT: ContextVar[Processes] = ContextVar("processes")
ALONE: Final = Processes()


def current() -> Processes:
    """Return the processes that were joined around this call."""
    return _CURRENT.get(ALONE)


@contextmanager
def joined() -> Iterator[Processes]:
    """Join the processes that ``torchrun`` has started; without it, or with one, this is one alone."""
    if not dist.is_torchelastic_launched() or int(os.environ["WORLD_SIZE"]) == 1:
        yield ALONE
        return
    before = {number: signal.signal(number, _stopped) for number in (signal.SIGTERM, signal.SIGUSR1)}
    dist.init_process_group(timeout=PATIENCE)
    token = _CURRENT.set(Several())
    try:
        yield _CURRENT.get()
    finally:
        _CURRENT.reset(token)
        with suppress(RuntimeError):
            dist.destroy_process_group()
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopped(*_: object) -> None:
    raise LostProcessError("stopped, for another process has ended or this one was told to; " + GOES_ON)


GOES_ON: Final = "the same command goes on after the last checkpoint"


@contextmanager
def _saying_who_is_lost() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError("another process has ended; " + GOES_ON) from error
