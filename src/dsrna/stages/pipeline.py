"""All stages in order: what ``dsrna run`` does, and ``dsrna.run`` returns."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.ranking import GroundTruth
from dsrna.recipes import Recipe
from dsrna.report import write_report
from dsrna.runtime.progress import Reporter
from dsrna.spaces import Architecture
from dsrna.stages.evaluate import attack_stage, certify_stage
from dsrna.stages.published import look_up, read_table
from dsrna.stages.run import Run, begin, writing
from dsrna.stages.search import search_stage
from dsrna.stages.source import source_network
from dsrna.stages.train import train_stage


@dataclass(frozen=True)
class RunResult:
    """What a run found, as objects; everything is in the files of ``folder`` too."""

    folder: Path
    genotype: Architecture
    network: nn.Module
    attack: AttackResult
    certificates: CertifyResult
    report: Path


def run(
    recipe: Recipe,
    out: Path | str | None = None,
    *,
    reporter: Reporter | None = None,
    table: Path | None = None,
    tensorboard: bool = False,
) -> RunResult:
    """Search, train, attack, certify, report. A run that was stopped goes on from where it was.

    Parameters
    ----------
    recipe
        What to do: ``dsrna.recipe("digits")``, or one of your own.
    out
        The run's folder, ``runs/<recipe>-<seed>`` by default.
    reporter
        Where progress is shown; nowhere by default.
    table
        A published table, to look the architecture up in.
    tensorboard
        Whether scalars, figures and the network's graph are written for TensorBoard, into the folder's ``tensorboard``.
    """
    truth = None if table is None else read_table(table, recipe)
    return _run(begin(recipe, None if out is None else Path(out), reporter, tensorboard=tensorboard), truth)


@writing
def _run(current: Run, truth: GroundTruth | None) -> RunResult:
    source_network(current)  # a mistake in its name is told before the search, not after the training
    genotype = search_stage(current)
    if truth is not None:
        look_up(current, truth, genotype)
    network = train_stage(current)
    attacked = attack_stage(current)
    certificates = certify_stage(current)
    return RunResult(current.folder.path, genotype, network, attacked, certificates, write_report(current.folder))
