"""Where the tensors live, how a GPU multiplies them, and whether it always comes to the same bits."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from dsrna.errors import UserError

FIRST_WITH_TF32: Final = (8, 0)
"""The first compute capability of GPUs whose units multiply float32 in ten bits of mantissa."""


def choose(name: str) -> torch.device:
    """Return the device called ``name``; ``auto`` is the first GPU, or the CPU where there is none."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(f"unknown device {name!r}; use auto, cpu, cuda or cuda:N") from None
    if device.type not in {"cpu", "cuda"}:
        raise UserError(f"device {name!r} is not supported; use auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserError(f"device {name!r} was asked for, but this machine has no usable GPU; use cpu or auto")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"device {name!r} was asked for, but this machine has {torch.cuda.device_count()} GPUs")
    return device


def knows_tf32(device: torch.device) -> bool:
    """Tell whether the device can multiply float32 with factors that are rounded to ten bits of mantissa (TF32)."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= FIRST_WITH_TF32


@contextmanager
def tf32(allowed: bool) -> Iterator[None]:
    """Let GPUs convolve and multiply float32 in TF32, or in whole float32; afterwards as before.

    torch convolves in TF32 unless it is told otherwise, and multiplies matrices in float32. CPUs know neither.
    """
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    products.allow_tf32 = convolutions.allow_tf32 = allowed
    try:
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before


WORKSPACE: Final = "CUBLAS_WORKSPACE_CONFIG"
"""What cuBLAS reads before its first product: where it must not share its buffers among streams."""

REFUSED: Final = " does not have a deterministic implementation"
"""What torch says of an operation, after its name."""


@contextmanager
def deterministic(asked: bool) -> Iterator[None]:
    """Let every operation come to the same bits each time, on a GPU too, if that is ``asked``; afterwards as before.

    An operation that torch has no such form of is a ``UserError`` that names it. CPUs always compute so.
    """
    if not asked:
        yield
        return
    convolutions = torch.backends.cudnn
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    chosen, workspace = (convolutions.deterministic, convolutions.benchmark), os.environ.get(WORKSPACE)
    os.environ.setdefault(WORKSPACE, ":4096:8")
    torch.use_deterministic_algorithms(mode=True)
    convolutions.deterministic, convolutions.benchmark = True, False
    try:
        yield
    except RuntimeError as error:
        operation, refused, _ = str(error).partition(REFUSED)
        if not refused:
            raise
        raise UserError(
            f"{operation} has no form that always comes to the same bits on this device; go without --deterministic, "
            "or take --device cpu"
        ) from error
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        convolutions.deterministic, convolutions.benchmark = chosen
        if workspace is None:
            del os.environ[WORKSPACE]
