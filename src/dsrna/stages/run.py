"""An open run: its recipe, its folder, and the data and device that its stages share."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch

from dsrna import recipes
from dsrna.data import Dataset, Images, halves, imbalance, obtain, statistics
from dsrna.errors import UserError
from dsrna.recipes import Recipe, check_same
from dsrna.runtime import devices, threads
from dsrna.runtime.extras import check_extra
from dsrna.runtime.files import SCRATCH, remove, sweep, write_json, write_text
from dsrna.runtime.lock import held
from dsrna.runtime.processes import Processes, current
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator
from dsrna.spaces import SPACES, find_architecture
from dsrna.stages.environment import environment
from dsrna.stages.split import record_split

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What every stage is given. ``recorded``: the recipe that the folder's files were made by.

    ``tensorboard``: whether what goes on is written for TensorBoard too.
    """

    recipe: Recipe
    folder: RunFolder
    reporter: Reporter
    recorded: Recipe
    tensorboard: bool = False

    @cached_property
    def processes(self) -> Processes:
        return current()

    @cached_property
    def device(self) -> torch.device:
        return self.processes.place(devices.choose(self.recipe.device))

    @cached_property
    def dataset(self) -> Dataset:
        dataset = obtain(self.recipe.data, seed=self.recipe.seed, device=self.device, reporter=self.reporter)
        if self.processes.rank == 0:
            for word in filter(None, (record_split(self.folder, dataset), imbalance(dataset))):
                self.reporter.say(word)
        return dataset

    @cached_property
    def search_halves(self) -> tuple[Images, Images]:
        """The training split in two: for the weights, and for the architecture. The test split stays out."""
        draw = generator(self.recipe.seed, "search", "halves")
        images, wanted = self.dataset.train, self.recipe.search.images
        if wanted is not None and wanted < len(images):
            _, images = halves(images, wanted / len(images), draw)
        return halves(images, self.recipe.data.validation, draw)

    @cached_property
    def normalisation(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return statistics(self.dataset.train)


def stage(function: Callable[Concatenate[Run, P], T]) -> Callable[Concatenate[Run, P], T]:
    """Let a stage run with the threads and the determinism of its recipe, in whole float32: it attacks, or proves."""

    @wraps(function)
    def limited(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with (
            threads.limited(run.recipe.threads),
            devices.tf32(allowed=False),
            devices.deterministic(run.recipe.deterministic),
        ):
            return function(run, *args, **kwargs)

    return limited


def learning_stage(function: Callable[Concatenate[Run, P], T]) -> Callable[Concatenate[Run, P], T]:
    """Let a stage that searches or trains run as a stage does, but in TF32 if its recipe lets it."""

    @wraps(function)
    def reduced(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with devices.tf32(allowed=run.recipe.tf32):
            return function(run, *args, **kwargs)

    return stage(reduced)


def writing(function: Callable[Concatenate[Run, P], T]) -> Callable[Concatenate[Run, P], T]:
    """Let a stage that writes into the run's folder be the only one there."""

    @wraps(function)
    def alone(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with held(run.folder.lock, run.reporter.say):
            return function(run, *args, **kwargs)

    return alone


def default_folder(recipe: Recipe) -> Path:
    return Path("runs") / f"{recipe.name}-{recipe.seed}"


def begin(
    recipe: Recipe, out: Path | None = None, reporter: Reporter | None = None, *, tensorboard: bool = False
) -> Run:
    """Open the folder of a run, new or to be continued.

    Other settings for attack and certify are taken up by those stages. A folder whose search or training is another
    recipe's is a ``UserError`` that names the first field that differs.
    """
    if tensorboard:
        check_extra("--tensorboard", "tensorboard", "tensorboard")
    return replace(open_folder(recipe, out or default_folder(recipe), reporter), tensorboard=tensorboard)


def open_folder(recipe: Recipe, path: Path, reporter: Reporter | None = None, *, own: bool = False) -> Run:
    """Open a folder as ``begin`` does; ``own``: for results about a network of the user's own, and no others."""
    folder = RunFolder(path)
    device = devices.choose(recipe.device)
    _check_whose(folder, own=own)
    if recipe.architecture is not None:
        SPACES[find_architecture(recipe.architecture).space].check_network(recipe.network)
    _begun(folder)
    reporter = reporter or Silent()
    with held(folder.lock, reporter.say):
        recorded = _recorded(folder, recipe, device)
    return Run(recipe, folder, reporter, recorded)


def _recorded(folder: RunFolder, recipe: Recipe, device: torch.device) -> Recipe:
    """Return the recipe that the folder's files were made by; write it down where there are none."""
    sweep(folder.path)
    if not _begun(folder):
        remove(folder.split)
        write_json(folder.environment, environment(device, tf32=recipe.tf32, deterministic=recipe.deterministic))
        write_text(folder.recipe, recipes.to_yaml(recipe))
    recorded = recipes.load(folder.recipe)
    check_same(recorded, recipe, folder.path)
    moved = replace(recipe, attack=recorded.attack, certify=recorded.certify)
    if moved != recorded:
        write_text(folder.recipe, recipes.to_yaml(moved))
    return recorded


def resume(path: Path, reporter: Reporter | None = None) -> Run:
    """Open a folder that holds a run, under the recipe it was begun with."""
    folder = RunFolder(path)
    if not folder.recipe.exists():
        raise UserError(f"{path} is not a run folder: it has no recipe.yaml; `dsrna run RECIPE --out {path}` makes one")
    recorded = recipes.load(folder.recipe)
    return Run(recorded, folder, reporter or Silent(), recorded)


def record(run: Run, **sections: Any) -> None:
    """Write into the folder's recipe the settings of a stage that has just been done under them."""
    write_text(run.folder.recipe, recipes.to_yaml(replace(recipes.load(run.folder.recipe), **sections)))


def _begun(folder: RunFolder) -> bool:
    """Tell whether a run has left anything but its own description; a folder of something else is a ``UserError``."""
    if folder.path.exists() and not folder.path.is_dir():
        raise UserError(f"{folder.path} is a file; choose a folder with --out")
    if str(folder.path) != str(folder.path).encode("utf-8", "ignore").decode():
        raise UserError(f"{folder.path} has a name that is not UTF-8, which weights are not read from; choose another")
    found = set(folder.path.iterdir()) if folder.path.exists() else set()
    there = {path for path in found if path != folder.lock and path.suffix != SCRATCH}
    left = there - {folder.recipe, folder.environment, folder.split}
    if left and not folder.recipe.exists():
        raise UserError(f"{folder.path} holds something that is not a run; choose another folder with --out")
    return bool(left)


def _check_whose(folder: RunFolder, *, own: bool) -> None:
    if own and not folder.own_model.exists() and _begun(folder):
        raise UserError(f"{folder.path} holds a run; choose another folder with --out for a network of your own")
    if not own and folder.own_model.exists():
        raise UserError(f"{folder.path} is of a network of your own; give --model again, or another folder with --out")
