"""Tensors of the stacked supernet cut into those of the plain one, and put together again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from torch import Tensor

from dsrna.spaces import Supernet
from dsrna.spaces.chains import Chains, Kernels
from dsrna.spaces.families import Family, ParameterFree, Reductions
from dsrna.spaces.search_cell import SearchCell, outgoing

NORM = ("running_mean", "running_var")


@dataclass(frozen=True)
class Piece:
    """Some rows of a stacked tensor, and the plain tensor that they are."""

    plain: str
    stacked: str
    rows: slice | EllipsisType | tuple[Any, ...] = ...


def plain_tensors(supernet: Supernet, stacked: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Cut named tensors of a supernet, its state or its gradients, into those of a ``PlainSupernet``."""
    cut = {piece.plain: stacked[piece.stacked][piece.rows] for piece in pieces(supernet) if piece.stacked in stacked}
    return {**_outside(stacked), **cut}


def stacked_state(supernet: Supernet, plain: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a ``PlainSupernet`` as one for ``supernet``.

    Pooling has one batch norm for all edges that leave a node: where theirs differ, ``ValueError``.
    """
    state = {name: tensor.clone() for name, tensor in supernet.state_dict().items()}
    state.update(_outside(plain))
    for piece in pieces(supernet):
        state[piece.stacked][piece.rows] = plain[piece.plain]
    for piece in pieces(supernet):
        if not state[piece.stacked][piece.rows].equal(plain[piece.plain]):
            raise ValueError(f"{piece.plain} is not what the other edges that leave its source have")
    return state


def pieces(supernet: Supernet) -> Iterator[Piece]:
    """Every plain tensor of an edge, and where it is stacked."""
    for index, cell in enumerate(supernet.cells):
        assert isinstance(cell, SearchCell)
        for source, (stack, edges) in enumerate(zip(cell.leaving(), outgoing(cell.nodes), strict=True)):
            for number, family in enumerate(stack.each()):
                stacked = f"cells.{index}.sources.{source}.families.{number}"
                for place, edge in enumerate(edges):
                    plain = f"cells.{index}.edges.{edge}.candidates"
                    for piece in _of_edge(family, place):
                        yield Piece(f"{plain}.{piece.plain}", f"{stacked}.{piece.stacked}", piece.rows)


def _outside(named: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What both forms call by one name."""
    return {name: tensor for name, tensor in named.items() if ".edges." not in name and ".sources." not in name}


def _of_edge(family: Family, place: int) -> Iterator[Piece]:
    for member, column in enumerate(family.stack.columns):
        if isinstance(family, Chains):
            yield from _chain(family, place, member, column)
        elif isinstance(family, Reductions):
            yield from _reduction(family, place, member, column)
        else:
            shared = isinstance(family, ParameterFree)
            index = member if shared else place * family.stack.members + member
            candidate = family.get_submodule(f"candidates.{index}")
            yield from (Piece(f"{column}.{name}", f"candidates.{index}.{name}") for name in candidate.state_dict())


def _chain(family: Chains, place: int, member: int, column: int) -> Iterator[Piece]:
    """A chain of one block is that block; of several, their sequence."""
    size, several = family.stack.channels, len(family.steps) > 1
    of_candidate = _rows(place * family.stack.members + member, size)
    for block in range(len(family.steps)):
        prefix = f"{column}.{block}" if several else f"{column}"
        kernels = family.depthwise[block]
        assert isinstance(kernels, Kernels)
        inside = kernels.inside(kernels.sizes[member])
        norm = f"norms.{block}" if block < len(family.norms) else "last"
        yield Piece(f"{prefix}.1.weight", f"depthwise.{block}.weight", (place, member, ..., *inside))
        yield Piece(f"{prefix}.2.weight", f"pointwise.{block}.weight", of_candidate)
        yield from _norm(f"{prefix}.3", norm, of_candidate)


def _reduction(family: Reductions, place: int, member: int, column: int) -> Iterator[Piece]:
    at, channels = place * family.stack.members + member, family.stack.channels
    yield Piece(f"{column}.even.weight", "even.weight", _rows(at, channels // 2))
    yield Piece(f"{column}.odd.weight", "odd.weight", _rows(at, channels - channels // 2))
    yield from _norm(f"{column}.norm", "norm", _rows(at, channels))


def _norm(plain: str, stacked: str, rows: slice) -> Iterator[Piece]:
    yield from (Piece(f"{plain}.{name}", f"{stacked}.{name}", rows) for name in NORM)
    yield Piece(f"{plain}.num_batches_tracked", f"{stacked}.num_batches_tracked", ...)


def _rows(at: int, size: int) -> slice:
    return slice(at * size, (at + 1) * size)
