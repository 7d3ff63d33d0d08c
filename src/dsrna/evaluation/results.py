"""What attacks find. ``dsrna.runtime.serialise`` turns it into ``attack.json``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.errors import UserError
from dsrna.evaluation.counts import Count
from dsrna.runtime.checkpoint import write_tensors
from dsrna.threat import Eps, Norm, format_eps


@dataclass(frozen=True)
class AttackRow:
    """One attack at one eps: the images that stood, of those it was given. Wrong ones count as fallen."""

    attack: str
    eps: Eps
    count: Count
    seconds: float


@dataclass(frozen=True)
class WorstRow:
    """The images that stood against every attack run at this eps or a smaller one, of those all attacks saw."""

    eps: Eps
    count: Count


@dataclass(frozen=True)
class CorruptionRow:
    """The images that are classified rightly under a common corruption; severities are 1 to 5."""

    corruption: str
    severity: int
    count: Count


@dataclass(frozen=True)
class Check:
    """Something that holds of an honest robust number: what it is, whether it held, and what was seen, a sentence."""

    name: str
    passed: bool
    finding: str


@dataclass(frozen=True, kw_only=True)
class AttackResult:
    """``eight_bit``: adversarial images were rounded to k/255 before they were judged. Schema 1 has no checks.

    ``top5``: images whose class is among the five with the largest logits, where there are more classes than that.
    ``source``: the run from whose network transfer attacks came.
    """

    schema: Literal[1, 2] = 2
    norm: Norm
    clean: Count
    rows: tuple[AttackRow, ...]
    worst: tuple[WorstRow, ...]
    seconds: float
    eight_bit: bool = False
    checks: tuple[Check, ...] = ()
    corruptions: tuple[CorruptionRow, ...] = ()
    top5: Count | None = None
    source: Path | None = None

    def __post_init__(self) -> None:
        if not self.rows:
            raise UserError("rows must hold one attack at least")

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True)
class Examples:
    """A few images that ``attack`` felled at ``eps``: before, after, what they are, and what the model said then.

    Before, it said what they are: an image that is wrong to begin with is not attacked. ``indices``: their places in
    the test split.
    """

    attack: str
    eps: Eps
    original: Float[Tensor, "n channels height width"]
    adversarial: Float[Tensor, "n channels height width"]
    labels: Int64[Tensor, "n"]
    predicted: Int64[Tensor, "n"]
    indices: Int64[Tensor, "n"]

    def save(self, path: Path) -> None:
        """Write tensors and metadata as one safetensors file, for the report."""
        names = ("original", "adversarial", "labels", "predicted", "indices")
        meta = {"attack": self.attack, "eps": format_eps(self.eps)}
        write_tensors(path, {name: getattr(self, name) for name in names}, meta)
