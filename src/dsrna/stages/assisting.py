"""What every process but the first does: its part of a search or a training, until it is dismissed."""

from pathlib import Path

from dsrna.recipes import Recipe
from dsrna.runtime.processes import Processes
from dsrna.runtime.progress import Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import from_plain
from dsrna.spaces import read_architecture
from dsrna.stages.run import Run
from dsrna.stages.search import assist_search
from dsrna.stages.train import assist_training
from dsrna.stages.work import Work


def assist(processes: Processes) -> None:
    """Take part in what the first process does, as often as it tells; write nothing, and say nothing."""
    while message := processes.told(b""):
        work = Work.heard(message)
        recipe = from_plain(Recipe, work.recipe, where="the first process's recipe")
        run = Run(recipe, RunFolder(Path()), Silent(), recipe)
        if work.architecture is None:
            assist_search(run)
        else:
            assist_training(run, read_architecture(work.architecture))
