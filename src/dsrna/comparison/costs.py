"""What a run has cost, as far as its folder says: never compared, for it is the machine's as much as the run's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.runtime.files import read_json, read_json_lines
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import from_plain

STAGES: Final = ("search", "training", "attack", "certify")


def seconds(folder: RunFolder) -> dict[str, float]:
    """Return the seconds of each of the ``STAGES`` of a finished run, without one that left no epochs behind.

    A random draw is no search that anybody timed, and a genotype that was given, or found by another run, costs nothing
    here. A damaged file is a ``UserError`` that names it.
    """
    attacked = from_plain(AttackResult, read_json(folder.attack), where=str(folder.attack))
    epochs = {"search": folder.search_history, "training": folder.training_history}
    learnt = {stage: read_json_lines(path) for stage, path in epochs.items() if path.exists()}
    timed = {stage: _total(rows, epochs[stage]) for stage, rows in learnt.items() if rows}
    return {**timed, "attack": attacked.seconds, "certify": CertifyResult.load(folder.certify).seconds}


def _total(rows: Sequence[Mapping[str, Any]], history: Path) -> float:
    try:
        return float(sum(row["seconds"] for row in rows))
    except (KeyError, TypeError) as error:
        raise UserError(f"{history}: an epoch has no seconds") from error
