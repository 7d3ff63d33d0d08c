"""What a comparison finds. ``dsrna.runtime.serialise`` turns it into ``comparison.json``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dsrna.comparison.grid import Cell
from dsrna.comparison.made import Made
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.extras import check_extra
from dsrna.runtime.files import read_json
from dsrna.runtime.serialise import from_plain, to_plain

Verdict = Literal["higher", "lower", "no difference shown"]


@dataclass(frozen=True)
class Row:
    """A cell, and its numbers or the reason why there are none. ``seconds``: what its stages took, where recorded."""

    cell: Cell
    measures: dict[str, float]
    failure: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """A measure of a contender over the seeds at which it finished.

    ``low`` and ``high``: percentile bootstrap interval of the mean; None with fewer than two seeds, as ``deviation``.
    ``rank``: mean place among the contenders, 1 for the largest value, ties shared, over the ``ranked`` seeds at which
    all of them finished; None without such a seed, of a control, and of a size, which is no merit.
    ``retraining``: standard deviation between trainings of one genotype, over genotypes; None without repeats.
    ``searching``: what of ``deviation`` the training does not explain; None where one of the two is not known.
    """

    training: str
    contender: str
    measure: str
    seeds: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    rank: float | None
    retraining: float | None
    ranked: int = 0
    searching: float | None = None


@dataclass(frozen=True)
class Difference:
    """A contender less the baseline, paired over the seeds at which both finished.

    ``p``: of the paired t-test; ``adjusted``: by Holm's procedure, over the contenders of the training that are held
    against a baseline in the same measure, one for all or each its own. None with fewer than two pairs.
    """

    training: str
    contender: str
    baseline: str
    measure: str
    pairs: int
    mean: float
    low: float | None
    high: float | None
    p: float | None
    adjusted: float | None
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that a grid has come to.

    ``made``: what was asked for; None in files of schema 1, whose ranks are among controls too, at any seed.
    """

    schema: Literal[1, 2] = 2
    recipe: str
    level: float
    resamples: int
    rows: tuple[Row, ...]
    summaries: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    made: Made | None = None

    @property
    def missing(self) -> int:
        """How many runs of the grid are neither done nor failed yet; 0 where nobody wrote down how many there are."""
        return self.made.cells - len(self.rows) if self.made else 0

    @classmethod
    def load(cls, folder: Path | str) -> "Comparison":
        """Read what is in a comparison's folder; a damaged or missing file is a ``UserError`` that names it."""
        path = ComparisonFolder(Path(folder)).result
        return from_plain(cls, read_json(path), where=str(path))

    def frames(self) -> dict[str, Any]:
        """Return ``rows``, ``summaries`` and ``differences`` as pandas frames, those that have lines."""
        check_extra("Comparison.frames()", "frames", "pandas")
        from dsrna.runtime.frames import frame  # noqa: PLC0415  of an extra

        parts = {"rows": self.rows, "summaries": self.summaries, "differences": self.differences}
        return {name: frame(map(to_plain, lines)) for name, lines in parts.items() if lines}
