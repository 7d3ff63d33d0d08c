"""The files of a comparison, by name. Nothing else in the project spells these paths."""

from dataclasses import dataclass
from pathlib import Path

from dsrna.errors import UserError
from dsrna.runtime.run_folder import RunFolder


@dataclass(frozen=True)
class ComparisonFolder:
    """A folder of run folders, and what they say together.

    One that may not be looked into is a ``UserError``.
    """

    path: Path

    def __post_init__(self) -> None:
        try:
            self.result.exists()
            any(self.path.iterdir() if self.path.is_dir() else ())
        except PermissionError as error:
            raise UserError(f"{self.path} cannot be the folder of a comparison: {error.strerror}") from error

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def cells(self) -> Path:
        return self.path / "cells"

    def cell(self, name: str) -> RunFolder:
        return RunFolder(self.cells / name)

    def recipe(self, name: str) -> Path:
        """Return where the recipe of a cell is written for the process that runs it."""
        return self.path / "recipes" / f"{name}.yaml"

    def log(self, name: str) -> Path:
        """Return where the process that runs a cell leaves what it said."""
        return self.path / "logs" / f"{name}.log"

    @property
    def jobs(self) -> Path:
        """Where a cluster's jobs are handed in, and leave what they said."""
        return self.path / "jobs"

    @property
    def result(self) -> Path:
        return self.path / "comparison.json"

    def aside(self, number: int) -> Path:
        """Return where results are kept that another grid would have written over."""
        return self.path / f"comparison.before-{number}.json"

    @property
    def page(self) -> Path:
        return self.path / "comparison.html"

    @property
    def csv(self) -> Path:
        return self.path / "comparison.csv"

    @property
    def markdown(self) -> Path:
        return self.path / "comparison.md"

    @property
    def latex(self) -> Path:
        return self.path / "comparison.tex"
