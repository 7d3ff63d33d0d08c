"""Which runs a comparison is made of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Final

from dsrna.errors import UserError
from dsrna.recipes import Recipe, goal_of, merged, overridden
from dsrna.search import METHODS, check_given, idle
from dsrna.spaces import ARCHITECTURES, find_architecture
from dsrna.training import TRAININGS

CONTROL: Final = "random beside "
NEAR: Final = 0.05
"""How far the parameters of a control may be off, as a share."""
OF_CELLS: Final = {
    ("seed",): "seeds",
    ("architecture",): "architectures",
    ("search", "method"): "methods",
    ("training", "method"): "trainings",
}
"""Fields of a recipe that every cell has of its own, and what of a grid says them."""


@dataclass(frozen=True)
class Cell:
    """One run of the grid: a contender, trained in one way, from one seed.

    ``repeat`` counts further trainings of the genotype that the cell of repeat 0 found. ``beside``: the contender whose
    size a control has.
    """

    contender: str
    training: str
    seed: int
    repeat: int = 0
    beside: str | None = None

    @property
    def name(self) -> str:
        """The cell's folder."""
        parts = [self.contender, self.training, str(self.seed), *([f"again-{self.repeat}"] if self.repeat else [])]
        return "-".join(re.sub(r"[^\w.]+", "-", part).strip("-") for part in parts)


@dataclass(frozen=True)
class Grid:
    """Contenders x trainings x seeds under one recipe.

    ``methods`` search (dsrna list methods), ``architectures`` are published genotypes, files, or texts. ``controls``:
    beside each method that searches, and each architecture, stands a random genotype whose network has as many
    parameters. ``repeats``: further trainings of each genotype, which tell the noise of training from that of the
    search.
    ``fields``: of the recipe, as nested plain data, for all cells that have a use for them. ``genotypes``: the texts of
    those architectures whose files need not be read, by name.
    Unknown names, a name given twice, a field that is each cell's own, cells that would share a folder, and a grid
    without a contender raise ``UserError``.
    """

    recipe: Recipe
    methods: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    trainings: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    controls: bool = True
    repeats: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    genotypes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.methods:
            METHODS.record(name)
        for name in self.architectures:
            self.given(name)
        for name in self.ways:
            TRAININGS.record(name)
        for what in ("methods", "architectures", "trainings", "seeds"):
            given = getattr(self, what)
            if len(set(given)) != len(given):
                raise UserError(f"the {what} of a comparison must be different, not {', '.join(map(str, given))}")
        if not self.methods and not self.architectures:
            raise UserError("nothing to compare: give --methods, --architectures, or both")
        self._check_seeds()
        if set(self.methods) & set(self.architectures):
            raise UserError("a method and an architecture of the same name cannot be told apart: compare them apart")
        self._check_fields()
        self._check_sizes()
        check_given(self.fields.get("search", {}), self.methods, tuple(dict.fromkeys(map(self.goal_of, self.ways))))
        self._check_folders()

    @property
    def ways(self) -> tuple[str, ...]:
        """The trainings: those that are given, or the recipe's."""
        return self.trainings or (self.recipe.training.method,)

    def contenders(self) -> tuple[tuple[str, str | None], ...]:
        """Return the names, each with the contender that it is a control of."""
        own = [*self.methods, *self.architectures]
        drawn = {name for name in self.methods if not METHODS[name].searches}
        beside = [name for name in own if self.controls and name not in drawn]
        return (*((name, None) for name in own), *((f"{CONTROL}{name}", name) for name in beside))

    def cells(self) -> tuple[Cell, ...]:
        """Return the runs, those that others wait for first, and all of a seed before the next."""
        return tuple(
            Cell(name, way, seed, repeat, beside)
            for seed, repeat, (name, beside), way in product(
                self.seeds, range(self.repeats + 1), self.contenders(), self.ways
            )
        )

    def after(self, cell: Cell) -> Cell | None:
        """Return the cell that must be done before this one can begin.

        A repeat waits for what it trains again, a control for what it stands beside, and a method that searches alike
        for two trainings does so for the first of them.
        """
        if cell.repeat:
            return replace(cell, repeat=0)
        if cell.beside is not None:
            return Cell(cell.beside, cell.training, cell.seed)
        first = next(self._alike(cell, self.ways), cell)
        return None if first == cell else first

    def alike(self, cell: Cell) -> tuple[Cell, ...]:
        """Return the cells of other trainings, the grid's or not, for which the contender searches as for the cell."""
        return tuple(other for other in self._alike(cell, TRAININGS.names()) if other != cell)

    def _check_fields(self) -> None:
        for (*above, name), said in OF_CELLS.items():
            if name in (self.fields.get(above[0], {}) if above else self.fields):
                field = ".".join([*above, name])
                raise UserError(f"{field} is each run's own in a comparison; say --{said}, or {said}= in Python")

    def _check_seeds(self) -> None:
        if not self.seeds or min(self.seeds) < 0:
            raise UserError(f"a comparison needs a seed at least, and none below 0; not {self.seeds or 'none'}")
        if self.repeats < 0:
            raise UserError(f"repeats must be 0 or more, not {self.repeats}")
        again = {_again(seed, repeat) for seed in self.seeds for repeat in range(1, self.repeats + 1)}
        if taken := again & set(self.seeds):
            raise UserError(f"seed {min(taken)} is that of a repeat of another seed: take seeds below 1000")

    def _check_sizes(self) -> None:
        """A given architecture has the size that it has, and is not searched."""
        given = self.fields.get("search", {})
        idle = [name for name in given if not self.methods or (name in {"params", "macs"} and given[name] is not None)]
        if self.architectures and idle:
            raise UserError(
                f"search.{idle[0]} does nothing to architecture {self.architectures[0]}, which is not searched; "
                "leave one of them out, or compare methods and architectures apart"
            )

    def _check_folders(self) -> None:
        """Names that differ only in what a folder's name cannot hold would have two cells write into one."""
        taken: dict[str, Cell] = {}
        for cell in self.cells():
            other = taken.setdefault(cell.name, cell)
            if other != cell:
                both = f"{other.contender!r} and {cell.contender!r}"
                raise UserError(f"{both} would both have the folder {cell.name}; give one another name")

    def _alike(self, cell: Cell, ways: Iterable[str]) -> Iterator[Cell]:
        """Yield the cell under each of the trainings for which its contender searches as it does for the cell's."""
        if cell.contender not in self.methods or not METHODS[cell.contender].searches:
            return
        form = METHODS[cell.contender].under(self.goal_of(cell.training))
        for way in ways:
            if METHODS[cell.contender].under(self.goal_of(way)) == form:
                yield replace(cell, training=way)

    def given(self, architecture: str) -> str:
        """Return what names an architecture of the grid on other machines too: of a file, its text."""
        if architecture in ARCHITECTURES:
            return architecture
        return self.genotypes.get(architecture) or find_architecture(architecture).to_text()

    def goal_of(self, training: str) -> str:
        """Return the goal that a cell with the training has."""
        return goal_of(training) or self.fields.get("goal", self.recipe.goal)

    def recipe_of(self, cell: Cell, found: "Found | None" = None) -> Recipe:
        """Return the recipe of a cell; ``found`` by the cell that it comes after."""
        seed = _again(cell.seed, cell.repeat) if cell.repeat else cell.seed
        own: dict[str, Any] = {"seed": seed, "architecture": None, "training": {"method": cell.training}}
        if found is not None and (cell.repeat or cell.beside is None):
            own["architecture"] = found.genotype
        elif found is not None:
            near = self._near(cell, found.parameters)
            own["search"] = {"method": "random", "params": near, "macs": None, "like": None}
            if cell.beside in self.architectures:
                own["space"] = find_architecture(self.given(cell.beside)).of_space()
        elif cell.contender in self.architectures:
            own["architecture"] = self.given(cell.contender)
        else:
            own["search"] = {"method": cell.contender}
        return overridden(self.recipe, merged(self._fields_for(own, cell), own), where=cell.name)

    def _near(self, control: Cell, parameters: int) -> list[int]:
        """Return the band of a control: near the size beside it, and within the band that this was found in, if any."""
        least, most = int(parameters * (1 - NEAR)), int(parameters * (1 + NEAR))
        searched = control.beside in self.methods
        band = self.fields.get("search", {}).get("params", self.recipe.search.params) if searched else None
        return [least, most] if band is None else [max([least, *band[:-1]]), min(most, band[-1])]

    def _fields_for(self, own: dict[str, Any], cell: Cell) -> dict[str, Any]:
        """Return the grid's fields without those of the search that are for other contenders than this one."""
        method = own.get("search", {}).get("method")
        if method is None or "search" not in self.fields:
            return dict(self.fields)
        without = idle(method, self.goal_of(cell.training))
        search = {name: value for name, value in self.fields["search"].items() if name not in without}
        return {**self.fields, "search": search}


def _again(seed: int, repeat: int) -> int:
    """The seed of a further training."""
    return 1_000 * (seed + 1) + repeat


@dataclass(frozen=True)
class Found:
    """What other cells are made from: a genotype's text, and the size of its network."""

    genotype: str
    parameters: int
