"""The counts of a space's final networks, from one count of each operation at each of its places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import torch
from torch import nn

from dsrna.spaces.counting import multiply_adds, parameters
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.selection import Choice, Rule
from dsrna.spaces.settings import NetworkSettings
from dsrna.spaces.sizes import Counts, Sizes

Shape = tuple[int, int, int]
"""Channels, height, width of an image or of the features that enter an operation."""

COUNTS: Final[dict[str, Callable[[nn.Module, Shape], int]]] = {
    "parameters": lambda model, _: parameters(model),
    "multiply-adds": multiply_adds,
}


@dataclass(frozen=True)
class Site:
    """A cell of the final network: which table it is of, and what enters each edge with which stride."""

    cell: str
    inputs: tuple[Shape, ...]
    strides: tuple[int, ...]


def tallied(rule: Rule, sites: Sequence[Site], network: NetworkSettings, classes: int, shape: Shape) -> Sizes:
    """Count each operation wherever it can stand, and all else as what is left of one whole network."""
    first = _first(rule)
    with torch.device("meta"):
        whole = rule.read(first).build(
            network.cells, network.channels, classes, in_channels=shape[0], stem=network.stem
        )
        counts = {name: _tally(rule, sites, count) for name, count in COUNTS.items()}
        totals = {name: count(whole, shape) for name, count in COUNTS.items()}
    return Sizes(rule, {name: Counts(totals[name] - count.of(first), count.tables) for name, count in counts.items()})


def _tally(rule: Rule, sites: Sequence[Site], count: Callable[[nn.Module, Shape], int]) -> Counts:
    @cache
    def of(name: str, shape: Shape, stride: int) -> int:
        return count(OPERATIONS[name](shape[0], stride, True), shape)

    size = (sum(rule.groups), len(rule.operations))
    tables = {cell: torch.zeros(size, dtype=torch.int64, device="cpu") for cell in rule.cells}
    for site in sites:
        each = [[of(name, *edge) for name in rule.operations] for edge in zip(site.inputs, site.strides, strict=True)]
        tables[site.cell] += torch.tensor(each, device="cpu")
    return Counts(0, tables)


def _first(rule: Rule) -> Choice:
    """Some architecture: of each group the first edges, with the first candidate."""
    starts = [sum(rule.groups[:index]) for index in range(len(rule.groups))]
    edges = tuple((start + edge, rule.candidates[0]) for start in starts for edge in range(rule.kept))
    return dict.fromkeys(rule.cells, edges)
