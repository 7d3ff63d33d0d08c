"""What a run is: a tree of frozen dataclasses, one settings class from each room."""

from dataclasses import dataclass
from typing import Final, Literal

from dsrna.data import DataSettings
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.search import SearchSettings
from dsrna.spaces import NetworkSettings, SpaceSettings
from dsrna.training import TrainingSettings

Goal = Literal["standard", "adversarial"]

TRAINING_FOR: Final[dict[Goal, str]] = {"standard": "standard", "adversarial": "pgd"}
"""How the final network is trained under each goal."""


@dataclass(frozen=True)
class Recipe:
    """A whole run.

    ``goal`` says how the final network will be trained and judged. ``architecture`` names a published genotype, or
    a file with one, to take instead of searching. ``device`` is auto, cpu, cuda or cuda:N. ``threads``: so many CPU
    threads for each operation, None for torch's own choice.
    """

    name: str
    data: DataSettings
    space: SpaceSettings
    search: SearchSettings
    network: NetworkSettings
    training: TrainingSettings
    attack: AttackSettings
    certify: CertifySettings
    goal: Goal = "standard"
    architecture: str | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None

    def __post_init__(self) -> None:
        if TRAINING_FOR[self.goal] != self.training.method:
            raise UserError(
                f"goal {self.goal!r} trains by {TRAINING_FOR[self.goal]!r}, training.method says "
                f"{self.training.method!r}; give one of them, or both that agree"
            )
