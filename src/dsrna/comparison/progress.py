"""How far a grid is, in a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from dsrna.comparison.results import Row

NAMED: Final = 60
"""Characters: where the names of what is running are longer, their number stands for them."""


@dataclass(frozen=True)
class Best:
    """Who leads in a measure among those that were trained alike, its mean, and over how many seeds."""

    training: str
    measure: str
    contender: str
    mean: float
    seeds: int


def told(rows: Sequence[Row], total: int, *, running: Sequence[str], ran: int, seconds: float) -> str:
    """Say how many cells are done and failed, which are running, what is left, and who leads.

    ``ran``: so many of the ``rows`` were run in these ``seconds``, the others were there before.
    """
    failed = sum(row.failure is not None for row in rows)
    parts = [
        f"{len(rows)} of {total} done",
        f"{failed} failed" if failed else "",
        at_work(running),
        _left(total - len(rows), ran, len(running), seconds),
    ]
    return "; ".join(filter(None, [", ".join(filter(None, parts)), _leading(rows)]))


def _left(cells: int, ran: int, running: int, seconds: float) -> str:
    """Take it that the rest goes on at the pace so far, and that what is running is half done."""
    half = running / 2
    return f"about {_duration((cells - half) * seconds / (ran + half))} left" if cells and ran else ""


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


def at_work(names: Sequence[str]) -> str:
    """Name what is running, or say how many; empty for nothing."""
    named = f"running {' and '.join(names)}"
    return "" if not names else named if len(named) <= NAMED else f"{len(names)} running"


def _leading(rows: Sequence[Row]) -> str:
    best = leading(rows)
    several = len({row.cell.training for row in rows}) > 1
    told = [
        (f"{each.training} " if several else "")
        + f"{each.mean:.3f} by {each.contender}"
        + (f" ({each.seeds} seeds)" if each.seeds > 1 else "")
        for each in best
    ]
    return f"best {best[0].measure} so far: {', '.join(told)}" if best else ""


def leading(rows: Sequence[Row]) -> list[Best]:
    """Return who leads of each training, in the hardest robust accuracy or in the clean one; none before any ended.

    Networks that were trained in different ways are not held against each other: adversarial training would lead.
    """
    ended = [row for row in rows if row.measures and not row.cell.repeat]
    if not ended:
        return []
    measure = [name for name in ended[0].measures if name == "clean" or name.startswith("robust")][-1]
    trainings = dict.fromkeys(row.cell.training for row in ended)
    return [_best([row for row in ended if row.cell.training == training], training, measure) for training in trainings]


def _best(rows: Sequence[Row], training: str, measure: str) -> Best:
    values: dict[str, list[float]] = {}
    for row in rows:
        values.setdefault(row.cell.contender, []).append(row.measures[measure])
    contender, best = max(values.items(), key=lambda entry: fmean(entry[1]))
    return Best(training, measure, contender, fmean(best), len(best))
