"""What a run is: a tree of frozen dataclasses, one settings class from each room."""

from dataclasses import dataclass
from typing import Final

from dsrna.data import DATASETS, DataSettings
from dsrna.errors import UserError
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.registry import unknown
from dsrna.search import METHODS, SearchSettings, check_used, planned
from dsrna.spaces import SPACES, NetworkSettings, SpaceSettings
from dsrna.training import ADVERSARIAL, TrainingSettings

TRAINING_FOR: Final = {"standard": "standard", "adversarial": "pgd", "certified": "certified"}
"""How the final network is trained under each goal, unless another training for that goal is given."""

CERTIFICATE_FOR: Final = {"certified": {"certify": {"method": "interval"}}}
"""Fields that a goal brings with it: a network trained by a bound is certified by that bound, or a tighter one."""


@dataclass(frozen=True)
class Recipe:
    """A whole run.

    ``goal`` says how the final network will be trained and judged. ``architecture`` names a published genotype, or
    a file with one, or is one as text, to take instead of searching. ``device`` is auto, cpu, cuda or cuda:N.
    ``threads``: so many CPU threads for each operation, None for torch's own choice. ``tf32``: let a GPU that can round
    the factors of products to ten bits of mantissa while it searches and trains; it never attacks or proves so.
    ``deterministic``: the same bits every time on a GPU too, at some cost of time; a CPU needs no asking.
    """

    name: str
    data: DataSettings
    space: SpaceSettings
    search: SearchSettings
    network: NetworkSettings
    training: TrainingSettings
    attack: AttackSettings
    certify: CertifySettings
    goal: str = "standard"
    architecture: str | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    tf32: bool = True
    deterministic: bool = False

    def __post_init__(self) -> None:
        DATASETS.record(self.data.name)
        SPACES[self.space.name].check_supernet(self.space)
        if self.architecture is None:
            SPACES[self.space.name].check_network(self.network)
        if self.threads is not None and self.threads < 1:
            raise UserError(f"threads must be at least 1, not {self.threads}")
        if self.goal not in TRAINING_FOR:
            raise UserError(unknown("goal", "goals", str(self.goal), tuple(TRAINING_FOR)))
        if self.architecture is None:
            check_used(self.search, self.goal)
            if METHODS[self.search.method].progressive:
                planned(self.search, self.space)
        if goal_of(self.training.method) not in {None, self.goal}:
            raise UserError(
                f"goal {self.goal!r} trains by {TRAINING_FOR[self.goal]!r}, training.method says "
                f"{self.training.method!r}; give one of them, or both that agree"
            )


def goal_of(training: str) -> str | None:
    """Return the goal that a training serves; None for one that may serve any."""
    if training in ADVERSARIAL:
        return "adversarial"
    return {method: goal for goal, method in TRAINING_FOR.items()}.get(training)
