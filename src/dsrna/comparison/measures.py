"""What is compared: the numbers that a finished run leaves, by name."""

from collections.abc import Iterator
from typing import Any

from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.runtime.files import read_json
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import from_plain
from dsrna.threat import format_eps, format_norm

PARAMETERS = "parameters"


def measures(folder: RunFolder) -> dict[str, float]:
    """Return the numbers of a finished run: accuracies as shares, sizes as counts, in the order of tables.

    A damaged file is a ``UserError`` that names it.
    """
    return {**dict(_attacked(folder)), **dict(_certified(folder)), **dict(_size(read_json(folder.model)))}


def finished(folder: RunFolder) -> bool:
    """Whether every stage has left its result."""
    return all(path.exists() for path in (folder.model, folder.attack, folder.certify, folder.report))


def _attacked(folder: RunFolder) -> Iterator[tuple[str, float]]:
    result = from_plain(AttackResult, read_json(folder.attack), where=str(folder.attack))
    yield "clean", result.clean.accuracy
    for row in result.worst:
        yield f"robust L{format_norm(result.norm)} {format_eps(row.eps)}", row.count.accuracy


def _certified(folder: RunFolder) -> Iterator[tuple[str, float]]:
    for found in CertifyResult.load(folder.certify).norms:
        norm = format_norm(found.norm)
        for row in found.rows:
            yield f"certified L{norm} {format_eps(row.eps)}", row.count.accuracy
        yield f"mean radius L{norm}", found.mean_radius


def _size(model: dict[str, Any]) -> Iterator[tuple[str, float]]:
    yield PARAMETERS, float(model["parameters"])
    yield "multiply-adds", float(model["multiply_adds"])
