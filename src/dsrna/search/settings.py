"""What a recipe says of the search."""

import math
from dataclasses import dataclass, field

from dsrna.errors import UserError
from dsrna.metrics import MetricOptions
from dsrna.search.balance import BalanceSettings
from dsrna.search.candidates import CandidateSettings
from dsrna.search.examples import AdversarySettings
from dsrna.search.lipschitz import LipschitzSettings
from dsrna.search.loss import CertifiedLossSettings
from dsrna.search.methods import METHODS
from dsrna.search.perturbation import PerturbationSettings
from dsrna.search.progressive_settings import ProgressiveSettings
from dsrna.search.stopping import STOPPINGS
from dsrna.threat import Eps, Norm, ThreatModel


@dataclass(frozen=True)
class SearchSettings:
    """The bilevel search. ``gamma`` weighs the robustness metric, ``eps`` and ``norm`` are its threat model.

    ``jacobian_eps`` is the radius of the Jacobian metric, which is proportional to it: at 1 it is minus the norm.
    ``curvature_step`` is the L2 length of the step over which curvature is measured, pixel units.
    ``order`` is 1, or 2 for the one-step approximation of the lower level. For ``warmup_epochs`` only the weights
    are trained, so that they are fit for the metric. A metric sees ``metric_batch`` images of each batch, a certified
    one ``bound_batch``; ``metric`` says how margins are bounded. ``images``: search on so many
    training images, a stratified choice; None for all. ``params`` and ``macs``: the most parameters and
    multiply-adds of the final network, or the least and the most; a multiplier, moved at ``capacity_rate``, holds them
    while searching; either replaces the floor that some methods bring. ``like`` is for draws: a genotype whose
    operations, each as often, make up the draw.
    ``compile``: the weights step's forward pass by ``torch.compile``, on a GPU.
    ``watch``: measure the dominant eigenvalue and the discretisation gap after every epoch. ``stopping``: end the
    search by one of them, which is then measured, and take the architecture before it rose.
    ``checkpoint_minutes``: how often an epoch is saved before it ends, by one process alone; 0 for never.
    ``balance``, ``adversary``, ``certified``, ``perturbation``, ``candidates``, ``lipschitz`` and ``progressive`` are
    for the methods that weigh the metric by gradient norms, move images, bound the loss, move mixing weights, rank
    draws, bound the Lipschitz constant, and search in stages.
    """

    method: str = "dsrna-balanced"
    epochs: int = 50
    warmup_epochs: int = 15
    batch_size: int = 64
    gamma: float = 0.01
    eps: Eps = Eps(1 / 255)
    jacobian_eps: Eps = Eps(1.0)
    curvature_step: Eps = Eps(0.4)
    norm: Norm = Norm(float("inf"))
    metric_batch: int = 8
    bound_batch: int = 8
    metric: MetricOptions = field(default_factory=MetricOptions)
    images: int | None = None
    order: int = 1
    like: str | None = None
    params: tuple[int, ...] | None = None
    macs: tuple[int, ...] | None = None
    capacity_rate: float = 1.0
    compile: bool = False
    watch: bool = False
    stopping: str = "none"
    checkpoint_minutes: float = 30.0
    balance: BalanceSettings = field(default_factory=BalanceSettings)
    adversary: AdversarySettings = field(default_factory=AdversarySettings)
    certified: CertifiedLossSettings = field(default_factory=CertifiedLossSettings)
    perturbation: PerturbationSettings = field(default_factory=PerturbationSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    lipschitz: LipschitzSettings = field(default_factory=LipschitzSettings)
    progressive: ProgressiveSettings = field(default_factory=ProgressiveSettings)
    learning_rate: float = 0.025
    final_learning_rate: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 3e-4
    gradient_clip: float = 5.0
    architecture_learning_rate: float = 3e-4
    architecture_weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        METHODS.record(self.method)
        ThreatModel(self.eps, self.norm)
        ThreatModel(self.jacobian_eps, self.norm)
        for name in ("params", "macs"):
            _check_band(name, getattr(self, name))
        if self.stopping not in STOPPINGS:
            raise UserError(f"search.stopping must be one of {', '.join(STOPPINGS)}, not {self.stopping!r}")
        if self.order not in {1, 2}:
            raise UserError(f"search.order must be 1 or 2, not {self.order}")
        if not 0 <= self.gamma < math.inf:
            raise UserError(f"gamma must be a number that is not negative, not {self.gamma:g}")
        self._check_rates()
        self._check_sizes()

    def measures(self, name: str) -> bool:
        """Whether ``eigenvalue`` or ``gap`` is measured after every epoch."""
        return self.watch or self.stopping == name

    def _check_rates(self) -> None:
        for name in ("learning_rate", "gradient_clip", "architecture_learning_rate", "capacity_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise UserError(f"{name} must be a positive number, not {getattr(self, name):g}")
        for name in ("final_learning_rate", "weight_decay", "architecture_weight_decay", "checkpoint_minutes"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UserError(f"{name} must be a number from 0 up, not {getattr(self, name):g}")
        if not 0 <= self.momentum < 1:
            raise UserError(f"momentum must be a number from 0 to below 1, not {self.momentum:g}")

    def _check_sizes(self) -> None:
        if not 0 <= self.warmup_epochs < self.epochs:
            raise UserError(
                f"search.warmup_epochs ({self.warmup_epochs}) must be less than search.epochs ({self.epochs}), "
                "or the architecture is never searched"
            )
        if (
            self.batch_size < 2
            or min(self.metric_batch, self.bound_batch) < 1
            or (self.images is not None and self.images < 4)
        ):
            raise UserError(
                "search.batch_size must be at least 2, search.metric_batch and search.bound_batch at least 1, "
                "search.images at least 4"
            )

    @property
    def bands(self) -> dict[str, tuple[int, int]]:
        """The least and the most of those counts of the final network that are bounded, by name."""
        given = {"parameters": self.params, "multiply-adds": self.macs}
        return {name: (0 if len(band) == 1 else band[0], band[-1]) for name, band in given.items() if band is not None}

    def certified_eps(self, share: float) -> float:
        """Return the eps of a certified loss where so large a share of the epochs is over."""
        return self.certified.reached(share, self.warmup_epochs / self.epochs)

    def images_for(self, metric: str) -> int:
        """Return how many images of a batch a metric sees."""
        return self.bound_batch if is_certified(metric) else self.metric_batch

    def threat(self, metric: str) -> ThreatModel:
        """Return the threat model under which a metric is measured."""
        if metric == "curvature":
            return ThreatModel(self.curvature_step, Norm(2.0))
        return ThreatModel(self.jacobian_eps if metric == "jacobian" else self.eps, self.norm)


def is_certified(metric: str) -> bool:
    """Tell whether a metric is made of bounds."""
    return metric.startswith("certified")


def _check_band(name: str, band: tuple[int, ...] | None) -> None:
    if band is not None and not (len(band) in {1, 2} and 0 < band[0] <= band[-1]):
        raise UserError(f"search.{name} is the most, or the least and the most, such as 18000,20000; not {band}")
