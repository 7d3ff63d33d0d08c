"""Running a model once to learn what it does to its input."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from dsrna.bounds.tracing.kept import kept_traces
from dsrna.bounds.tracing.recorder import TapeRecorder
from dsrna.bounds.tracing.simplify import simplified
from dsrna.bounds.tracing.tape import Tape
from dsrna.bounds.tracing.traced import Traced
from dsrna.runtime.modes import evaluating


def trace(model: nn.Module, x: Float[Tensor, "batch *shape"], tensors: Mapping[str, Tensor] | None = None) -> Tape:
    """Run ``model`` once, in evaluation mode, on a stand-in for ``x`` and return what it did, up to its output.

    ``tensors``, if given, take the places of parameters and buffers. Inside ``traces_kept`` a model may be run once for
    many calls. ``UserError`` for an operation without a rule, for an alias or a constant that changed during the run,
    and for an output that is not one tensor that depends on the input.
    """
    kept = kept_traces()
    return recorded(model, x, tensors, nullcontext()) if kept is None else kept.tape(recorded, model, x, tensors)


def recorded(
    model: nn.Module,
    x: Tensor,
    tensors: Mapping[str, Tensor] | None,
    watching: AbstractContextManager[object],
) -> Tape:
    """Run the model on the stand-in, ``watching`` what it does besides."""
    with evaluating(model), recording():
        recorder = TapeRecorder(model, torch.empty_like(x, memory_format=torch.contiguous_format).detach())
        start = Traced(recorder, recorder.start, recorder.like)
        with watching:
            output = model(start) if tensors is None else functional_call(model, dict(tensors), (start,))
        tape = recorder.finish(output)
        with watching:
            return simplified(tape)


@contextmanager
def recording() -> Iterator[None]:
    """Leave inference mode, whose tensors have no version, and keep the caller's choice about gradients."""
    gradients = torch.is_grad_enabled()
    with torch.inference_mode(mode=False), torch.set_grad_enabled(gradients):
        yield
