"""What the first convolution or linear layer makes of a ball that is no box.

Until then every element is a multiple of one pixel plus a constant; the layer adds such elements up, and how far its
results move over a ball has a closed form: the dual norm of their rows (docs/explanation/bounds.md).
"""

import math
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.interval import Interval
from dsrna.bounds.problem import Problem
from dsrna.bounds.rules import RULES, Operation, Rule
from dsrna.bounds.rules.linear import conv2d_arguments, linear_arguments
from dsrna.bounds.rules.movement import RESHAPES
from dsrna.bounds.rules.normalisation import CHANNELWISE
from dsrna.bounds.tracing.tape import Node, Value

_ARITHMETIC: Final[tuple[Operation, ...]] = (
    torch.add,
    torch.sub,
    torch.rsub,
    torch.neg,
    torch.mul,
    torch.div,
    F.batch_norm,
)
SINGLE: Final[frozenset[Rule]] = frozenset({CHANNELWISE, *(RULES[each] for each in (*_ARITHMETIC, *RESHAPES))})
"""Rules of operations whose results hold one element of the operand each, where none stands for several."""

LAYERS: Final[dict[Any, tuple[Callable[..., Tensor], Callable[..., tuple[Any, ...]]]]] = {
    F.conv2d: (F.conv2d, conv2d_arguments),
    torch.conv2d: (F.conv2d, conv2d_arguments),
    F.linear: (F.linear, linear_arguments),
}


def first_layer(problem: Problem) -> dict[Value, Interval]:
    """Return an interval of the result of each layer that sees the pixels apart; of L-inf none, boxes are exact there.

    It does not know that pixels stay in [0, 1]: it holds beside the one that boxes give, and neither is the narrower.
    """
    ball, found = problem.ball, dict[Value, Interval]()
    if math.isinf(ball.norm):
        return found
    apart = {problem.tape.start: Interval(ball.x, torch.ones_like(ball.x))}
    for node in problem.tape.nodes:
        if len(node.operands) != 1 or node.operands[0] not in apart:
            continue
        pixels = apart[node.operands[0]]
        if _keeps_apart(node):
            apart[node.result] = node.interval(apart.__getitem__)
        elif node.operation in LAYERS:
            found[node.result] = _image(node, pixels, ball.eps)
    return found


def _keeps_apart(node: Node) -> bool:
    before, after = node.operands[0].shape, node.result.shape
    return node.rule in SINGLE and before[0] == after[0] and before.numel() == after.numel()


def _image(node: Node, pixels: Interval, eps: Tensor) -> Interval:
    """``pixels``: in the centre where the layer's operand is, in the radius its change with a pixel."""
    centre = node.interval(lambda _: Interval(pixels.centre, torch.zeros_like(pixels.centre))).centre
    length = node.applied(lambda *args, **kwargs: _row_lengths(node, pixels.radius, *args, **kwargs), lambda _: None)
    return Interval(centre, eps.reshape(-1, *[1] * (centre.dim() - 1)) * length)


def _row_lengths(node: Node, scale: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Return the L2 norm of each row of the layer after ``scale``: no less than its dual norm for L1, the maximum."""
    product, arguments = LAYERS[node.operation]
    _, weight, _, *rest = arguments(*args, **kwargs)
    squares: Tensor = product(scale.square(), weight.square(), None, *rest)
    return squares.clamp(min=torch.finfo(squares.dtype).tiny).sqrt()
