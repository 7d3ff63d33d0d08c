"""The stages, each bound to the files of a run folder."""

from dsrna.stages.evaluate import attack_stage, certify_stage
from dsrna.stages.export import ExportSettings, export_stage
from dsrna.stages.pipeline import RunResult, run
from dsrna.stages.rank import rank_stage
from dsrna.stages.run import Run, begin, default_folder, resume
from dsrna.stages.search import search_stage
from dsrna.stages.train import load_network, train_stage

__all__ = [
    "ExportSettings",
    "Run",
    "RunResult",
    "attack_stage",
    "begin",
    "certify_stage",
    "default_folder",
    "export_stage",
    "load_network",
    "rank_stage",
    "resume",
    "run",
    "search_stage",
    "train_stage",
]
