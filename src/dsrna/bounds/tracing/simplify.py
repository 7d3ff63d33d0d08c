"""A tape that computes the same with fewer nodes.

Batch norm and a single factor are folded into the convolution, linear layer or batch norm before them, where nothing
else uses its result. In real numbers the function is the same; the weights are a few rounding errors apart.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.rules import RULES
from dsrna.bounds.rules.linear import conv2d_arguments, linear_arguments
from dsrna.bounds.rules.normalisation import CHANNELWISE, norm_arguments, scale_and_shift, scaled_and_shifted
from dsrna.bounds.tracing.sums import gathered
from dsrna.bounds.tracing.tape import Node, Tape, Value

Scaling = tuple[Tensor, Tensor | None]
"""What is multiplied, for each channel or for all, and what is added."""

MULTIPLY: Final = RULES[torch.mul]

CHANNELS_SECOND: Final = {F.conv2d: 4, torch.conv2d: 4, F.linear: 2}
"""Dimensions with which the rows of the weight are what a batch norm behind takes for channels: the second."""


def simplified(tape: Tape) -> Tape:
    """Return the tape, folded, without what its output does not need."""
    nodes = needed(tape.nodes, tape.output)
    uses = Counter(value for node in nodes for value in node.operands)
    makers: dict[Value, Node] = {}
    for node in nodes:
        makers[node.result] = folded(node, makers, uses)
    return replace(tape, nodes=tuple(map(known_norm, needed(gathered([*makers.values()], tape.output), tape.output))))


def needed(nodes: Sequence[Node], output: Value) -> tuple[Node, ...]:
    """Leave out every node that ``output`` does not depend on."""
    kept, wanted = [], {output}
    for node in reversed(nodes):
        if node.result in wanted:
            kept.append(node)
            wanted.update(node.operands)
    return tuple(reversed(kept))


def folded(node: Node, makers: Mapping[Value, Node], uses: Mapping[Value, int]) -> Node:
    """Return one node for ``node`` and the one before it if there can be one, else ``node``."""
    before = makers.get(node.operands[0]) if len(node.operands) == 1 and uses[node.operands[0]] == 1 else None
    scaling = scaling_of(node) if before is not None and before.operation in _FOLDERS else None
    if before is None or scaling is None or not _same_channels(before, scaling):
        return node
    return replace(before, args=_FOLDERS[before.operation](before, *scaling), kwargs={}, result=node.result)


def _same_channels(before: Node, scaling: Scaling) -> bool:
    wanted = CHANNELS_SECOND.get(before.operation)
    return wanted is None or not scaling[0].dim() or len(before.result.shape) == wanted


def scaling_of(node: Node) -> Scaling | None:
    if node.operation is F.batch_norm:
        scaling: Scaling = node.applied(of_norm, lambda _: None)
        return scaling
    if node.rule is MULTIPLY and not node.kwargs:
        factors = [arg for arg in node.args if isinstance(arg, Tensor) and arg.dim() == 0]
        return (factors[0], None) if factors else None
    return None


def of_norm(*args: Any, **kwargs: Any) -> Scaling:
    return scale_and_shift(*norm_arguments(*args, **kwargs)[1:])


def into_convolution(before: Node, scale: Tensor, shift: Tensor | None) -> tuple[Any, ...]:
    """Fold into the weights: ``s (W x + b) + t = (s W) x + (s b + t)``."""
    x, weight, bias, *rest = conv2d_arguments(*before.args, **before.kwargs)
    return x, weight * column(scale, weight.dim()), moved(bias, scale, shift), *rest


def into_linear(before: Node, scale: Tensor, shift: Tensor | None) -> tuple[Any, ...]:
    x, weight, bias = linear_arguments(*before.args, **before.kwargs)
    return x, weight * column(scale, weight.dim()), moved(bias, scale, shift)


def into_norm(before: Node, scale: Tensor, shift: Tensor | None) -> tuple[Any, ...]:
    """Fold into a batch norm, whose statistics stay."""
    x, mean, variance, weight, bias, *rest = norm_arguments(*before.args, **before.kwargs)
    return (
        x,
        mean,
        variance,
        scale.expand_as(mean) if weight is None else weight * scale,
        moved(bias, scale, shift),
        *rest,
    )


def known_norm(node: Node) -> Node:
    """Write a batch norm that is left with its factors, so that no pass has to find them."""
    if node.operation is not F.batch_norm:
        return node
    scale, shift = node.applied(of_norm, lambda _: None)
    sides = [1] * (len(node.result.shape) - 2)
    arguments = (node.operands[0], scale.reshape(-1, *sides), shift.reshape(-1, *sides))
    return replace(node, operation=scaled_and_shifted, rule=CHANNELWISE, args=arguments, kwargs={})


def column(scale: Tensor, dimensions: int) -> Tensor:
    return scale.reshape(-1, *[1] * (dimensions - 1)) if scale.dim() else scale


def moved(bias: Tensor | None, scale: Tensor, shift: Tensor | None) -> Tensor | None:
    if bias is None:
        return shift
    return bias * scale if shift is None else bias * scale + shift


_FOLDERS: Final[dict[Callable[..., Any], Callable[..., tuple[Any, ...]]]] = {
    F.conv2d: into_convolution,
    torch.conv2d: into_convolution,
    F.linear: into_linear,
    F.batch_norm: into_norm,
}
