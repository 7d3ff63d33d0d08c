"""A tape that computes the same with fewer nodes.

Batch norm and a single factor are folded into the convolution, linear layer or batch norm before them, where nothing
else uses its result. In real numbers the function is the same; the weights are a few rounding errors apart.
"""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.nested import mapped
from dsrna.bounds.rules import RULES
from dsrna.bounds.rules.normalisation import scale_and_shift
from dsrna.bounds.tape import Node, Tape, Value, consumers

Scaling = tuple[Tensor, Tensor | None]
"""What is multiplied, for each channel or for all, and what is added."""

MULTIPLY: Final = RULES[torch.mul].interval


def simplified(tape: Tape, output: Value) -> Tape:
    """Return the tape that ends with ``output``, folded, without what the output does not need."""
    nodes = list(_needed(tape.nodes, output))
    uses = consumers([node for node in nodes if node is not None])
    for index, node in enumerate(nodes):
        folded = None if node is None else _folded(node, nodes, uses)
        if folded is not None:
            nodes[index] = folded
    return _renumbered(list(_needed(nodes, output)), tape.start)


def _needed(nodes: Any, output: Value) -> list[Node | None]:
    """Put None in the place of every node that ``output`` does not depend on."""
    kept: list[Node | None] = [None] * output.index
    wanted = {output}
    for index in range(output.index, 0, -1):
        if Value(index) in wanted:
            kept[index - 1] = nodes[index - 1]
            wanted.update(nodes[index - 1].operands)
    return kept


def _renumbered(nodes: list[Node | None], start: Tensor) -> Tape:
    places: dict[Value, Value] = {Value(0): Value(0)}
    result: list[Node] = []
    for index, node in enumerate(nodes):
        if node is not None:
            args, kwargs = mapped(Value, places.__getitem__, (node.args, node.kwargs))
            result.append(Node(node.operation, node.rule, args, kwargs, node.shape, node.place))
            places[Value(index + 1)] = Value(len(result))
    return Tape(tuple(result), start)


def _folded(node: Node, nodes: list[Node | None], uses: dict[Value, int]) -> Node | None:
    """Return one node for ``node`` and the one before it, if there can be one."""
    operands = node.operands
    if len(operands) != 1 or not operands[0].index or uses[operands[0]] != 1:
        return None
    before = nodes[operands[0].index - 1]
    if before is None or before.operation not in _FOLDERS:
        return None
    scaling = _scaling(node)
    return None if scaling is None else _FOLDERS[before.operation](before, *scaling)


def _scaling(node: Node) -> Scaling | None:
    if node.operation is F.batch_norm:
        scale, shift = scale_and_shift(
            *node.args[1:], **{key: arg for key, arg in node.kwargs.items() if key != "input"}
        )
        return scale, shift
    if node.rule.interval is MULTIPLY and not node.kwargs:
        factors = [arg for arg in node.args if isinstance(arg, Tensor) and arg.dim() == 0]
        return (factors[0], None) if factors else None
    return None


def _into_product(before: Node, scale: Tensor, shift: Tensor | None) -> Node:
    """Fold into a convolution or a linear layer: ``s (W x + b) + t = (s W) x + (s b + t)``."""
    x, weight, bias, *rest = _product_arguments(*before.args, **before.kwargs)
    column = scale.reshape(-1, *[1] * (weight.dim() - 1)) if scale.dim() else scale
    offset = shift if bias is None else (bias * scale if shift is None else bias * scale + shift)
    return Node(before.operation, before.rule, (x, weight * column, offset, *rest), {}, before.shape, before.place)


def _into_norm(before: Node, scale: Tensor, shift: Tensor | None) -> Node:
    """Fold into a batch norm, whose statistics stay."""
    x, mean, variance, weight, bias, *rest = _norm_arguments(*before.args, **before.kwargs)
    offset = shift if bias is None else (bias * scale if shift is None else bias * scale + shift)
    scaled = scale.expand_as(mean) if weight is None else weight * scale
    return Node(
        before.operation, before.rule, (x, mean, variance, scaled, offset, *rest), {}, before.shape, before.place
    )


def _product_arguments(
    input: Any,  # noqa: A002 - torch's own name
    weight: Tensor,
    bias: Tensor | None = None,
    *rest: Any,
    **named: Any,
) -> tuple[Any, ...]:
    order = ("stride", "padding", "dilation", "groups")
    if named:
        defaults = {
            "stride": 1,
            "padding": 0,
            "dilation": 1,
            "groups": 1,
            **dict(zip(order, rest, strict=False)),
            **named,
        }
        rest = tuple(defaults[name] for name in order)
    return input, weight, bias, *rest


def _norm_arguments(  # noqa: PLR0917 - torch's own signature
    input: Any,  # noqa: A002 - torch's own name
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Any, ...]:
    return input, running_mean, running_var, weight, bias, training, momentum, eps


_FOLDERS: Final[dict[Callable[..., Any], Callable[..., Node]]] = {
    F.conv2d: _into_product,
    F.linear: _into_product,
    F.batch_norm: _into_norm,
}
