"""How a comparison was made: what its command asked for, and by which versions."""

import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from dsrna.comparison.grid import Grid
from dsrna.recipes import Recipe
from dsrna.runtime.serialise import from_plain, to_plain


@dataclass(frozen=True, kw_only=True)
class Made:
    """What of a ``Grid`` was given, names as they were given; ``recipe`` and ``options``, the fields set in it, plain.

    ``genotypes``: of the architectures that were files, their texts; a file may change, or go.
    ``cells``: how many runs that makes.
    ``threads``: those that were asked for, which change bits; None where the recipe or the place had the choice.
    ``versions``: of dsrna, torch and python, as the comparison was last gone on with; each run has its own in
    ``environment.json``.
    """

    baseline: str | None
    methods: tuple[str, ...]
    architectures: tuple[str, ...]
    trainings: tuple[str, ...]
    seeds: tuple[int, ...]
    controls: bool
    repeats: int
    cells: int
    threads: int | None
    recipe: dict[str, Any]
    options: dict[str, Any]
    versions: dict[str, str]
    genotypes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, grid: Grid, baseline: str | None, threads: int | None = None) -> "Made":
        return cls(
            baseline=baseline,
            methods=grid.methods,
            architectures=grid.architectures,
            trainings=grid.ways,
            seeds=grid.seeds,
            controls=grid.controls,
            repeats=grid.repeats,
            cells=len(grid.cells()),
            threads=threads,
            recipe=_as_read(to_plain(grid.recipe)),
            options=_as_read(to_plain(grid.fields)),
            versions={"dsrna": version("dsrna"), "torch": version("torch"), "python": platform.python_version()},
            genotypes={name: text for name in grid.architectures if (text := grid.given(name)) != name},
        )

    def grid(self, where: str) -> Grid:
        """Return the grid again; a recipe or a name that this version does not know is a ``UserError``."""
        return Grid(
            from_plain(Recipe, self.recipe, where=f"{where}: made.recipe"),
            methods=self.methods,
            architectures=self.architectures,
            trainings=self.trainings,
            seeds=self.seeds,
            controls=self.controls,
            repeats=self.repeats,
            fields=self.options,
            genotypes=self.genotypes,
        )


def _as_read(plain: Any) -> Any:
    """Return plain data as they are read from a file, lists for tuples, so that what is read again is the same."""
    return json.loads(json.dumps(plain))
