"""How far a grid is, in a line."""

from collections.abc import Sequence
from statistics import fmean

from dsrna.comparison.results import Row

Best = tuple[str, str, float, int]
"""A measure, the contender that leads in it, its mean, and over how many seeds."""


def told(rows: Sequence[Row], total: int, *, running: int, ran: int, seconds: float) -> str:
    """Say how many cells are done, failed and running, what is left, and who leads.

    ``ran``: so many of the ``rows`` were run in these ``seconds``, the others were there before.
    """
    failed = sum(row.failure is not None for row in rows)
    parts = [
        f"{len(rows)} of {total} done",
        f"{failed} failed" if failed else "",
        f"{running} running" if running else "",
        _left(total - len(rows), ran, seconds),
    ]
    return "; ".join(filter(None, [", ".join(filter(None, parts)), _leading(rows)]))


def _left(cells: int, ran: int, seconds: float) -> str:
    """Take it that the rest goes on at the pace so far."""
    return f"about {_duration(cells * seconds / ran)} left" if cells and ran else ""


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


def _leading(rows: Sequence[Row]) -> str:
    best = leading(rows)
    if best is None:
        return ""
    measure, contender, mean, seeds = best
    return f"best {measure} so far: {mean:.3f} by {contender}" + (f", mean of {seeds} seeds" if seeds > 1 else "")


def leading(rows: Sequence[Row]) -> Best | None:
    """Return who leads in the hardest robust accuracy, or in the clean one; None before any has ended."""
    ended = [row for row in rows if row.measures and not row.cell.repeat]
    if not ended:
        return None
    names = [name for name in ended[0].measures if name == "clean" or name.startswith("robust")]
    trainings = {row.cell.training for row in rows}
    values: dict[str, list[float]] = {}
    for row in ended:
        how = f"{row.cell.contender} ({row.cell.training})" if len(trainings) > 1 else row.cell.contender
        values.setdefault(how, []).append(row.measures[names[-1]])
    contender, best = max(values.items(), key=lambda entry: fmean(entry[1]))
    return names[-1], contender, fmean(best), len(best)
