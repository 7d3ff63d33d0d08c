"""Everything a run folder holds so far, read and checked; what is not there is None or empty."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import matplotlib.figure

from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.ranking import Published
from dsrna.report import figures
from dsrna.report.histories import training_curves
from dsrna.runtime.extras import check_extra
from dsrna.runtime.files import read_json, read_json_lines, read_text
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import from_plain
from dsrna.runtime.yaml_files import read_yaml
from dsrna.search import Found, SearchEpoch
from dsrna.spaces import Architecture, load_architecture, read_architecture
from dsrna.training import TrainingEpoch

T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """What ``train/model.json`` says of the trained network, as far as the report shows it."""

    classes: tuple[str, ...]
    shape: tuple[int, ...]
    genotype: dict[str, Any]
    parameters: int
    multiply_adds: int
    training: str
    epoch: int | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnModel:
    """What ``own-model.json`` says of a network that was not made here, as far as the report shows it."""

    model: str
    weights: Path | None
    classes: tuple[str, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Run:
    """The contents of a run folder."""

    name: str
    recipe_text: str | None
    recipe: Mapping[str, Any]
    environment: Mapping[str, Any]
    genotype: Architecture | None
    published: Published | None
    found: Found | None
    search: tuple[SearchEpoch, ...]
    training: tuple[TrainingEpoch, ...]
    model: Model | None
    attack: AttackResult | None
    certify: CertifyResult | None
    own: OwnModel | None = None

    @classmethod
    def load(cls, folder: Path | str) -> "Run":
        """Read what is in a run folder. A damaged file, or a folder of something else, is a ``UserError``."""
        return read_run(RunFolder(Path(folder)))

    def frames(self) -> dict[str, Any]:
        """Return the histories and results as pandas frames, of those parts that are there.

        ``search`` and ``training``: a line an epoch; ``attack``, ``worst``, ``corruptions`` and ``certify``: a line a
        number, with its 95 % interval; ``radius``: a line a norm. eps and radii are in pixel units.
        """
        check_extra("Run.frames()", "frames", "pandas")
        from dsrna.report.frames import frames  # noqa: PLC0415  of an extra

        return frames(self)

    def figures(self) -> dict[str, matplotlib.figure.Figure]:
        """Draw the pictures of the page as figures of matplotlib, by name."""
        shown = figures.searched(self.search) + figures.robustness(self.attack, self.certify, self.chance)
        plots = [*(each.picture for each in shown), *training_curves(self.training)]
        return {plot.name: plot.figure() for plot in plots}

    @property
    def classes(self) -> tuple[str, ...]:
        judged = self.model or self.own
        return judged.classes if judged else ()

    @property
    def sized(self) -> Model | OwnModel | Found | None:
        """What knows the size of the network."""
        return self.model or self.own or self.found

    @property
    def attacks(self) -> int:
        """How many different attacks there were."""
        return len({row.attack for row in self.attack.rows}) if self.attack else 0

    @property
    def chance(self) -> float | None:
        """The accuracy of guessing."""
        return 1 / len(self.classes) if self.classes else None


def read_run(folder: RunFolder) -> Run:
    """Read what is there. A damaged file, or a folder without any file of a run, is a ``UserError`` that names it."""
    if not any(path.exists() for path in (folder.recipe, folder.genotype, folder.model, folder.attack, folder.certify)):
        raise UserError(f"{folder.path} is not a run folder: it has no recipe.yaml; `dsrna run` makes one")
    model = _if_there(folder.model, lambda path: _record(Model, read_json(path), str(path)))
    return Run(
        name=folder.path.resolve().name,
        recipe_text=_if_there(folder.recipe, read_text),
        recipe=_if_there(folder.recipe, read_yaml) or {},
        environment=_if_there(folder.environment, _mapping) or {},
        genotype=_if_there(folder.genotype, load_architecture) or _genotype_of(model, folder.model),
        published=_if_there(folder.published, lambda path: from_plain(Published, read_json(path), where=str(path))),
        found=_if_there(folder.found, lambda path: from_plain(Found, read_json(path), where=str(path))),
        search=_if_there(folder.search_history, lambda path: _rows(SearchEpoch, path)) or (),
        training=_if_there(folder.training_history, lambda path: _rows(TrainingEpoch, path)) or (),
        model=model,
        attack=_if_there(folder.attack, lambda path: from_plain(AttackResult, read_json(path), where=str(path))),
        certify=_if_there(folder.certify, CertifyResult.load),
        own=_if_there(folder.own_model, lambda path: _record(OwnModel, read_json(path), str(path))),
    )


def _if_there(path: Path, read: Callable[[Path], T]) -> T | None:
    return read(path) if path.exists() else None


def _genotype_of(model: Model | None, path: Path) -> Architecture | None:
    return read_architecture(model.genotype, where=str(path)) if model else None


def _rows(kind: type[T], path: Path) -> tuple[T, ...]:
    return tuple(
        from_plain(kind, row, where=f"{path}, line {number}")
        for number, row in enumerate(read_json_lines(path), start=1)
    )


def _record(kind: type[T], plain: Any, where: str) -> T:
    """Read those fields of a mapping that ``kind`` has; the file holds more than is shown."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    shown = {name: value for name, value in plain.items() if name in names} if isinstance(plain, dict) else plain
    return from_plain(kind, shown, where=where)


def _mapping(path: Path) -> Mapping[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise UserError(f"{path} must hold a mapping of names to values, not {type(value).__name__}")
    return value
