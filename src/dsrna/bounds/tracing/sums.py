"""Sums that are shorter: convolutions that are only added up are one, of their concatenated inputs.

``W1 * x1 + W2 * x2 = [W1 W2] * [x1; x2]``, for any number of convolutions of one kernel size, stride, padding and
dilation. The bounds are the same, up to rounding; a cell, whose edges end in such convolutions, gets cheaper by far.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds.rules import RULES
from dsrna.bounds.rules.linear import conv2d_arguments, conv2d_shape, pair
from dsrna.bounds.rules.movement import concatenated_shape
from dsrna.bounds.tracing.tape import Node, Place, Value

ADD: Final = RULES[torch.add]
CONVOLVE: Final = RULES[F.conv2d]


def gathered(nodes: Sequence[Node], output: Value) -> list[Node]:
    """Return nodes that compute the same; what is no longer needed is still among them."""
    uses = Counter([output, *(value for node in nodes for value in node.operands)])
    makers: dict[Value, Node] = {}
    inside: set[Value] = set()
    for node in nodes:
        makers[node.result] = node
        if is_sum(node):
            inside.update(value for value in node.operands if uses[value] == 1)
    return [part for node in nodes for part in rewritten(node, makers, inside)]


def is_sum(node: Node) -> bool:
    """Tell whether a node adds two values of one shape, and nothing else."""
    shapes = [value.shape for value in node.operands]
    return node.rule is ADD and not node.kwargs and shapes == [node.result.shape] * 2


def rewritten(node: Node, makers: Mapping[Value, Node], inside: set[Value]) -> list[Node]:
    """Return the nodes of the sum that ends here, shortened, or the node itself."""
    if not is_sum(node) or node.result in inside:
        return [node]
    terms = list(addends(node, makers, inside))
    groups: defaultdict[Hashable, list[Node]] = defaultdict(list)
    for term in terms:
        if term in inside and (maker := makers.get(term)) and (geometry := geometry_of(maker)):
            groups[geometry].append(maker)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return [node]
    return shortened(node, terms, several)


def addends(node: Node, makers: Mapping[Value, Node], inside: set[Value]) -> Iterator[Value]:
    """The terms of a sum of sums, from left to right."""
    waiting = list(reversed(node.operands))
    while waiting:
        value = waiting.pop()
        maker = makers.get(value)
        if value in inside and maker is not None and is_sum(maker):
            waiting.extend(reversed(maker.operands))
        else:
            yield value


def geometry_of(node: Node) -> Hashable | None:
    """What two convolutions must have in common to be one; None for what is not a convolution over all channels."""
    if node.rule is not CONVOLVE:
        return None
    x, weight, _, stride, padding, dilation, groups = conv2d_arguments(*node.args, **node.kwargs)
    if not isinstance(x, Value) or len(x.shape) != 4 or groups != 1:
        return None
    border = padding if isinstance(padding, str) else pair(padding)
    return x.shape[-2:], weight.shape[-2:], pair(stride), border, pair(dilation)


def shortened(node: Node, terms: Sequence[Value], groups: Sequence[Sequence[Node]]) -> list[Node]:
    """Write the sum with each group as one convolution."""
    written: list[Node] = []
    results = []
    for group in groups:
        written += joined(group, node.place)
        results.append(written[-1].result)
    gone = {convolution.result for group in groups for convolution in group}
    first, *rest = [*results, *(term for term in terms if term not in gone)]
    if not rest:
        written[-1] = replace(written[-1], result=node.result)
    for index, term in enumerate(rest):
        total = node.result if index == len(rest) - 1 else Value(node.result.shape)
        written.append(replace(node, operation=torch.add, args=(first, term), result=total))
        first = total
    return written


def joined(group: Sequence[Node], place: Place | None) -> list[Node]:
    """One convolution of the concatenated inputs of several."""
    calls = [conv2d_arguments(*node.args, **node.kwargs) for node in group]
    inputs = [call[0] for call in calls]
    both = Value(torch.Size(concatenated_shape(inputs, 1)))
    weight = torch.cat([call[1] for call in calls], dim=1)
    arguments = (both, weight, summed([call[2] for call in calls]), *calls[0][3:])
    result = Value(torch.Size(conv2d_shape(*arguments)))
    return [
        Node(torch.cat, RULES[torch.cat], (inputs, 1), {}, both, place),
        Node(F.conv2d, CONVOLVE, arguments, {}, result, place),
    ]


def summed(biases: Sequence[Tensor | None]) -> Tensor | None:
    present = [bias for bias in biases if bias is not None]
    return reduce(torch.add, present) if present else None
