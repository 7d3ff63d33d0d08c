"""The stages, each bound to the files of a run folder."""

from dsrna.stages.assisting import assist
from dsrna.stages.evaluate import attack_stage, certify_stage
from dsrna.stages.export import ExportSettings, export_stage
from dsrna.stages.own_model import begin_own
from dsrna.stages.pipeline import RunResult, run
from dsrna.stages.published import look_up, read_table
from dsrna.stages.rank import rank_stage
from dsrna.stages.run import Run, begin, default_folder, resume
from dsrna.stages.search import found_architecture, search_stage
from dsrna.stages.train import load_network, train_stage

__all__ = [
    "ExportSettings",
    "Run",
    "RunResult",
    "assist",
    "attack_stage",
    "begin",
    "begin_own",
    "certify_stage",
    "default_folder",
    "export_stage",
    "found_architecture",
    "load_network",
    "look_up",
    "rank_stage",
    "read_table",
    "resume",
    "run",
    "search_stage",
    "train_stage",
]
