"""All cells of the space, and one drawn from them."""

from collections.abc import Iterator
from itertools import product

import torch

from dsrna.spaces.nasbench201.cell import Nasbench201Cell
from dsrna.spaces.nasbench201.operations import CANDIDATES
from dsrna.spaces.nasbench201.text import EDGES
from dsrna.spaces.settings import SpaceSettings


def all_cells() -> Iterator[Nasbench201Cell]:
    """Yield the 15,625 cells, the first edge's operation changing slowest."""
    return (Nasbench201Cell(operations) for operations in product(CANDIDATES, repeat=len(EDGES)))


def random_cell(settings: SpaceSettings, generator: torch.Generator) -> Nasbench201Cell:
    """Draw an operation for every edge, ``none`` among them, until the input reaches the output."""
    while True:
        drawn = torch.randint(len(settings.operations), (len(EDGES),), generator=generator).tolist()
        cell = Nasbench201Cell(tuple(settings.operations[index] for index in drawn))
        if cell.connected():
            return cell


def shuffled_cell(cell: Nasbench201Cell, generator: torch.Generator) -> Nasbench201Cell:
    """Draw a cell with the operations of another, each as often; connected, if that one is."""
    while True:
        order = torch.randperm(len(EDGES), generator=generator).tolist()
        drawn = Nasbench201Cell(tuple(cell.operations[index] for index in order))
        if drawn.connected() or not cell.connected():
            return drawn
