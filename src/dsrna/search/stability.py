"""What a search would return after an epoch, and whether that keeps what the supernet promises."""

import math
from dataclasses import replace
from itertools import islice
from typing import Final

import torch

from dsrna.data import Images, batches
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.search.eigenvalue import dominant_eigenvalue
from dsrna.search.gap import decided, strongest_choice
from dsrna.search.history import SearchEpoch
from dsrna.search.perturbation import Moves, moved
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import Searchable
from dsrna.spaces.selection import Choice

GAP_IMAGES: Final = 2048
"""The gap is measured on so many images, about."""


def watched(row: SearchEpoch, levels: Bilevel, validation: Images, seed: int) -> SearchEpoch:
    """Add to an epoch's row the architecture it ends with, its size, and what is measured of its stability."""
    supernet, capacity, settings = levels.supernet, levels.capacity, levels.upper.settings
    strongest = supernet.genotype()
    found = strongest if capacity is None else capacity.found(supernet)
    row = replace(row, genotype=found.to_text(), sizes={} if capacity is None else capacity.state(supernet))
    if found != strongest:
        row = replace(row, strongest=strongest.to_text())
    if settings.measures("eigenvalue") and not row.warmup:
        row = replace(row, eigenvalue=eigenvalue(levels, validation, seed, (row.epoch - 1) / row.epochs))
    if settings.measures("gap") and not row.warmup:
        choice = strongest_choice(supernet) if capacity is None else capacity.choice(supernet)
        row = replace(row, gap=gap(supernet, choice, validation, settings.batch_size))
    return row


def eigenvalue(levels: Bilevel, validation: Images, seed: int, share: float) -> float | None:
    """Return the dominant eigenvalue of the upper level's loss, None where it is no number.

    On one batch, the same in every epoch, as the loss sees it where so large a ``share`` of the epochs is over. What is
    watched must not change the search, nor end it.
    """
    supernet, size = levels.supernet.train(), levels.upper.settings.batch_size
    batch = next(iter(batches(validation, size, generator=generator(seed, "search", "eigenvalue", "batch"))))
    moment = Moment(share, generator(seed, "search", "eigenvalue", "images"))
    loss, _ = levels.upper.loss(supernet, *levels.as_seen(batch, moment), moment.share)
    start = generator(seed, "search", "eigenvalue", "start")
    found = dominant_eigenvalue(loss, supernet.architecture_parameters(), start)
    return found if math.isfinite(found) else None


def gap(supernet: Searchable, choice: Choice, validation: Images, batch_size: int) -> float:
    """Return the supernet's accuracy less that of what it would be read off as, on the same images."""
    moves = decided(supernet, choice)
    return _accuracy(supernet, validation, batch_size, {}) - _accuracy(supernet, validation, batch_size, moves)


@torch.no_grad()
def _accuracy(supernet: Searchable, images: Images, batch_size: int, moves: Moves) -> float:
    some = islice(batches(images, batch_size), max(1, GAP_IMAGES // batch_size))
    with evaluating(supernet), moved(supernet, moves):
        right = [supernet(x).argmax(dim=1) == y for x, y in some]
    return float(torch.cat(right).double().mean())
