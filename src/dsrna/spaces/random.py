"""A genotype drawn uniformly: the control beside every search."""

import torch

from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype
from dsrna.spaces.settings import SpaceSettings


def random_genotype(settings: SpaceSettings, generator: torch.Generator) -> Genotype:
    """Draw two different sources for every node, and for every edge an operation other than ``none``."""
    operations = [name for name in settings.operations if name != "none"]

    def cell() -> tuple[tuple[str, int], ...]:
        edges: list[tuple[str, int]] = []
        for node in range(settings.nodes):
            sources = torch.randperm(INPUT_NODES + node, generator=generator)[:EDGES_PER_NODE].sort().values
            drawn = torch.randint(len(operations), (EDGES_PER_NODE,), generator=generator)
            edges += [(operations[i], j) for i, j in zip(drawn.tolist(), sources.tolist(), strict=True)]
        return tuple(edges)

    concat = tuple(range(INPUT_NODES, INPUT_NODES + settings.nodes))
    return Genotype(normal=cell(), normal_concat=concat, reduce=cell(), reduce_concat=concat)
