"""The histories and results of a run as pandas frames."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pandas import DataFrame

from dsrna.evaluation import AttackResult, CertifyResult, Count
from dsrna.report.run import Run
from dsrna.runtime.frames import frame
from dsrna.runtime.serialise import to_plain
from dsrna.search import SearchEpoch
from dsrna.training import TrainingEpoch

Rows = Iterator[dict[str, Any]]


def frames(run: Run) -> dict[str, DataFrame]:
    """Return a frame for each part of the run that is there, by its name."""
    found = {name: list(rows(run)) for name, rows in _PARTS.items()}
    return {name: frame(rows) for name, rows in found.items() if rows}


def _epochs(rows: Sequence[SearchEpoch] | Sequence[TrainingEpoch]) -> Rows:
    yield from (to_plain(row) for row in rows)


def _attack(result: AttackResult | None) -> Rows:
    for row in result.rows if result else ():
        yield {"attack": row.attack, "eps": float(row.eps), **_count(row.count), "seconds": row.seconds}


def _worst(result: AttackResult | None) -> Rows:
    for row in result.worst if result else ():
        yield {"eps": float(row.eps), **_count(row.count)}


def _corruptions(result: AttackResult | None) -> Rows:
    for row in result.corruptions if result else ():
        yield {"corruption": row.corruption, "severity": row.severity, **_count(row.count)}


def _certify(result: CertifyResult | None) -> Rows:
    for found in result.norms if result else ():
        for row in found.rows:
            yield {"norm": float(found.norm), "eps": float(row.eps), **_count(row.count)}


def _radius(result: CertifyResult | None) -> Rows:
    for found in result.norms if result else ():
        radii = {"mean": found.mean_radius, "median": found.median_radius, "seconds": found.seconds.mean}
        yield {"norm": float(found.norm), **radii, **_count(found.right)}


def _count(count: Count) -> dict[str, Any]:
    low, high = count.interval()
    shares = {"accuracy": count.accuracy, "low": low, "high": high}
    return {**shares, "correct": count.correct, "total": count.total}


_PARTS: Final[dict[str, Callable[[Run], Rows]]] = {
    "search": lambda run: _epochs(run.search),
    "training": lambda run: _epochs(run.training),
    "attack": lambda run: _attack(run.attack),
    "worst": lambda run: _worst(run.attack),
    "corruptions": lambda run: _corruptions(run.attack),
    "certify": lambda run: _certify(run.certify),
    "radius": lambda run: _radius(run.certify),
}
