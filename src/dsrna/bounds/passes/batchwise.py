"""Backward passes take the examples of a batch apart. Here it is seen whether they may, and what is done if not."""

from collections.abc import Callable, Hashable
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from weakref import WeakSet

import torch
from torch import Tensor, nn

from dsrna.bounds.tracing.fingerprint import fingerprint
from dsrna.bounds.tracing.nested import holds, mapped
from dsrna.bounds.tracing.tape import Node, Tape, Value, shape_of
from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating

P = ParamSpec("P")
T = TypeVar("T")

_TRIED: Final[dict[Hashable, bool]] = {}
"""What was found of calls that hold no tensor but the operands: a search makes the same ones again and again."""

_APART: Final[WeakSet[Node]] = WeakSet()
"""Nodes of which that was found: those without constants are the same in all tapes of a trace that is kept."""


class MixedExamplesError(Exception):
    """An operation mixes the examples of a batch, or moves them out of dimension 0."""


Bounding = Callable[Concatenate[nn.Module, Tensor, P], T]


def one_by_one(function: Bounding[P, T]) -> Bounding[P, T]:
    """Let a function of a model and a batch take its examples one by one if the model mixes or moves them on the way.

    Arguments that hold one entry an example are taken apart too. A model whose outputs depend on the rest of the batch
    is a ``UserError``.
    """

    @wraps(function)
    def careful(model: nn.Module, x: Tensor, *args: P.args, **options: P.kwargs) -> T:
        try:
            return function(model, x, *args, **options)
        except MixedExamplesError as error:
            check_alone(model, x, str(error))

            def alone(index: int) -> T:
                one = partial(_picked, index, len(x))
                return function(model, x[index : index + 1], *map(one, args), **{k: one(v) for k, v in options.items()})

            return cast("T", _joined([alone(index) for index in range(len(x))]))

    return cast("Bounding[P, T]", careful)


def _picked(index: int, batch: int, value: Any) -> Any:
    return value[index : index + 1] if isinstance(value, Tensor) and value.shape[:1] == (batch,) else value


def _joined(results: list[Any]) -> Any:
    if isinstance(results[0], tuple):
        return tuple(map(torch.cat, zip(*results, strict=True)))
    return torch.cat(results)


@torch.no_grad()
def check_alone(model: nn.Module, x: Tensor, culprit: str) -> None:
    """Raise ``UserError`` if what the model says of an image depends on the rest of the batch."""
    with evaluating(model):
        together = model(x.clone())
        try:
            alone = torch.cat([model(x[index : index + 1].clone()) for index in range(len(x))])
        except (RuntimeError, IndexError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"{culprit} moves examples, and the model cannot be run on one image alone: {reason}"
            ) from error
    if not torch.allclose(together, alone, rtol=1e-3, atol=1e-4):
        raise UserError(f"{culprit} mixes the examples of a batch; a bound needs each output to be one image's own")


def check_batchwise(tape: Tape) -> None:
    """Raise ``MixedExamplesError`` for a node whose result for one example may depend on another, or lie elsewhere."""
    if tape.like.shape[0] == 1:
        return
    for node in tape.nodes:
        if not _keeps_apart(node, tape.like):
            raise MixedExamplesError(str(node))


def _keeps_apart(node: Node, like: Tensor) -> bool:
    if node.result.shape[:1] != like.shape[:1]:
        return False
    if node.rule.batched is not None:
        return all(len(value.shape) == len(node.result.shape) >= node.rule.batched for value in node.operands)
    return not node.rule.affine or _tried(node, like)


def _tried(node: Node, like: Tensor) -> bool:
    if node in _APART:
        return True
    if holds(Tensor, [node.args, node.kwargs]):
        return _commutes(node, like)
    mark = fingerprint((node.operation, *mapped(Value, shape_of, (node.args, node.kwargs))))
    if mark is None:
        return _commutes(node, like)
    if mark not in _TRIED:
        _TRIED[mark] = _commutes(node, like)
    if _TRIED[mark]:
        _APART.add(node)
    return _TRIED[mark]


def _commutes(node: Node, like: Tensor) -> bool:
    """Tell whether scaling each example by a factor of its own before the operation is the same as after it.

    For a linear map that is true of all factors only if no example touches another; random factors show it, but for
    a chance of measure 0.
    """
    draw = torch.Generator().manual_seed(0)
    factors = 1 + torch.rand(like.shape[0], generator=draw).to(like)
    points: dict[Value, Tensor] = {value: torch.rand(value.shape, generator=draw).to(like) for value in node.operands}
    with torch.no_grad():
        offset = _applied(node, {value: torch.zeros_like(point) for value, point in points.items()})
        before = _applied(node, {value: scaled(point, factors) for value, point in points.items()}) - offset
        after = scaled(_applied(node, points) - offset, factors)
    return torch.allclose(before, after, rtol=1e-4, atol=1e-5)


def _applied(node: Node, known: dict[Value, Tensor]) -> Tensor:
    result: Any = node.applied(node.operation, known.__getitem__)
    assert isinstance(result, Tensor)
    return result


def scaled(values: Tensor, factors: Tensor) -> Tensor:
    return values * factors.reshape(-1, *[1] * (values.dim() - 1))
