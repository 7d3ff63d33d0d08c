"""An open run: its recipe, its folder, and the data and device that its stages share."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch

from dsrna import recipes
from dsrna.data import Dataset, Images, halves, load, statistics
from dsrna.errors import UserError
from dsrna.recipes import Recipe
from dsrna.runtime import devices, threads
from dsrna.runtime.files import write_json, write_text
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator
from dsrna.stages.environment import environment

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What every stage is given."""

    recipe: Recipe
    folder: RunFolder
    reporter: Reporter

    @cached_property
    def device(self) -> torch.device:
        return devices.choose(self.recipe.device)

    @cached_property
    def dataset(self) -> Dataset:
        return load(self.recipe.data, seed=self.recipe.seed, device=self.device)

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
    """Let a stage run with the threads that its recipe gives it."""

    @wraps(function)
    def limited(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with threads.limited(run.recipe.threads):
            return function(run, *args, **kwargs)

    return limited


def default_folder(recipe: Recipe) -> Path:
    return Path("runs") / f"{recipe.name}-{recipe.seed}"


def begin(recipe: Recipe, out: Path | None = None, reporter: Reporter | None = None) -> Run:
    """Open the folder of a run, new or to be continued.

    A folder that holds a run of another recipe is a ``UserError`` that names the first field that differs.
    """
    folder = RunFolder(out or default_folder(recipe))
    if folder.recipe.exists():
        _check_same(recipes.load(folder.recipe), recipe, folder.path)
    elif folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
        raise UserError(f"{folder.path} holds something that is not a run; choose another folder with --out")
    else:
        write_text(folder.recipe, recipes.to_yaml(recipe))
        write_json(folder.environment, environment(devices.choose(recipe.device)))
    return Run(recipe, folder, reporter or Silent())


def resume(path: Path, reporter: Reporter | None = None) -> Run:
    """Open a folder that holds a run, under the recipe it was begun with."""
    folder = RunFolder(path)
    if not folder.recipe.exists():
        raise UserError(f"{path} is not a run folder: it has no recipe.yaml; `dsrna run RECIPE --out {path}` makes one")
    return Run(recipes.load(folder.recipe), folder, reporter or Silent())


def amended(run: Run, recipe: Recipe) -> Run:
    """Return the run under a recipe with other evaluation settings; search and training must stay as they are."""
    _check_same(run.recipe, replace(recipe, attack=run.recipe.attack, certify=run.recipe.certify), run.folder.path)
    return Run(recipe, run.folder, run.reporter)


def save_recipe(run: Run) -> None:
    write_text(run.folder.recipe, recipes.to_yaml(run.recipe))


def _check_same(old: Recipe, new: Recipe, folder: Path) -> None:
    """Compare all but where the data lie and where the tensors live."""

    def comparable(recipe: Recipe) -> Recipe:
        return replace(recipe, data=replace(recipe.data, directory=None), device="auto", threads=None)

    difference = _first_difference(comparable(old), comparable(new))
    if difference:
        name, was, wanted = difference
        raise UserError(
            f"{folder} holds a run with {name} = {was}, this one asks for {wanted}; "
            "choose another folder with --out, or remove that one"
        )


def _first_difference(old: Any, new: Any, path: str = "") -> tuple[str, Any, Any] | None:
    if not is_dataclass(old) or not is_dataclass(new):
        return None if old == new else (path, old, new)
    names = [field.name for field in fields(old)]
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in names)
    found = (_first_difference(was, wanted, f"{path}.{name}".lstrip(".")) for name, was, wanted in pairs)
    return next((difference for difference in found if difference), None)
