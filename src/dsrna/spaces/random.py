"""Genotypes drawn at random: the controls beside every search."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import torch

from dsrna.errors import UserError
from dsrna.spaces.architecture import Architecture
from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype
from dsrna.spaces.settings import SpaceSettings
from dsrna.spaces.within import Band

A = TypeVar("A", bound=Architecture)

TRIES: Final = 5000
"""Draws before a wanted size is said to be out of reach."""


def random_genotype(settings: SpaceSettings, generator: torch.Generator) -> Genotype:
    """Draw two different sources for every node, and for every edge an operation other than ``none``."""
    operations = [name for name in settings.operations if name != "none"]

    def cell() -> tuple[tuple[str, int], ...]:
        chosen = torch.randint(len(operations), (EDGES_PER_NODE * settings.nodes,), generator=generator)
        return _placed([operations[index] for index in chosen.tolist()], generator)

    concat = tuple(range(INPUT_NODES, INPUT_NODES + settings.nodes))
    return Genotype(normal=cell(), normal_concat=concat, reduce=cell(), reduce_concat=concat)


def shuffled_genotype(genotype: Genotype, generator: torch.Generator) -> Genotype:
    """Draw a genotype whose cells hold the operations of another's, each as often, between other nodes."""

    def cell(edges: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
        order = torch.randperm(len(edges), generator=generator).tolist()
        return _placed([edges[index][0] for index in order], generator)

    return Genotype(
        normal=cell(genotype.normal),
        normal_concat=genotype.normal_concat,
        reduce=cell(genotype.reduce),
        reduce_concat=genotype.reduce_concat,
    )


def drawn_within(draw: Callable[[], A], sizes: Callable[[A], Mapping[str, int]], bands: Mapping[str, Band]) -> A:
    """Draw until every size lies in its band; ``UserError`` where that does not happen."""
    found: list[Mapping[str, int]] = []
    for _ in range(TRIES):
        drawn = draw()
        found.append(sizes(drawn))
        if all(least <= found[-1][name] <= most for name, (least, most) in bands.items()):
            return drawn
    wanted = " and ".join(f"{least} to {most} {name}" for name, (least, most) in bands.items())
    there = ((name, [each[name] for each in found]) for name in bands)
    ends = " and ".join(f"{min(each)} to {max(each)} {name}" for name, each in there)
    raise UserError(f"none of {TRIES} architectures drawn has {wanted}; they have {ends}")


def _placed(operations: Sequence[str], generator: torch.Generator) -> tuple[tuple[str, int], ...]:
    """Give every operation, two a node, a source of its own."""
    edges: list[tuple[str, int]] = []
    for node in range(len(operations) // EDGES_PER_NODE):
        sources = torch.randperm(INPUT_NODES + node, generator=generator)[:EDGES_PER_NODE].sort().values
        of_node = operations[EDGES_PER_NODE * node : EDGES_PER_NODE * (node + 1)]
        edges += zip(of_node, sources.tolist(), strict=True)
    return tuple(edges)
