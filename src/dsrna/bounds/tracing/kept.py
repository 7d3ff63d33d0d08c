"""Traces that are kept, so that a model is not traced again for every batch."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.bounds.tracing.constants import Constants, Replay
from dsrna.bounds.tracing.tape import Tape

Recorded = Callable[[nn.Module, Tensor, Mapping[str, Tensor] | None, Constants], Tape]


class Traces:
    """One trace for each model, and each shape, type and device of its images; None where it must be taken anew.

    And for each choice of tensors with a gradient: a model may compute with one what it does not show otherwise.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Replay | None] = {}

    def tape(self, recorded: Recorded, model: nn.Module, x: Tensor, tensors: Mapping[str, Tensor] | None) -> Tape:
        """Return the tape of a model with its constants as they are now."""
        moving = tuple(parameter.requires_grad for parameter in model.parameters())
        key = model, x.shape, x.dtype, x.device, tensors is None, torch.is_grad_enabled(), moving
        replay = self._known.get(key)
        if replay is not None:
            return replay.tape(tensors)
        constants = Constants(model, tensors)
        tape = recorded(model, x, tensors, constants)
        self._known[key] = constants.replay(tape)
        return tape


_TRACES: Final[ContextVar[Traces | None]] = ContextVar("dsrna_traces", default=None)


def kept_traces() -> Traces | None:
    return _TRACES.get()


@contextmanager
def traces_kept() -> Iterator[None]:
    """Trace each model once, for each shape and type of images, for all bounds inside the ``with``.

    After that only what it computes of its parameters and buffers is computed anew, so bounds and gradients are those
    of the tensors as they are. The caller promises that, inside, nothing else changes what a model does to its input:
    no attribute, no counter, no other module in the place of one. A model that reads what a tensor holds, as
    ``tensor.item()`` does, is seen and traced every time.
    """
    token = _TRACES.set(Traces())
    try:
        yield
    finally:
        _TRACES.reset(token)
