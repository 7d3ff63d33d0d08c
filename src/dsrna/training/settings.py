"""What a recipe says of the final training."""

import math
from dataclasses import dataclass, field
from typing import Literal

from dsrna.errors import UserError
from dsrna.threat import Eps, Norm, ThreatModel
from dsrna.training.adversarial_settings import FastSettings, FreeSettings, TradesSettings
from dsrna.training.certified_settings import CertifiedSettings
from dsrna.training.registry import ADVERSARIAL, TRAININGS


@dataclass(frozen=True)
class TrainingSettings:
    """Weights from scratch. The defaults are those of the DARTS family (Liu et al. 2019, appendix A.2).

    ``method``: a registered training. ``gradient_clip``: largest L2 norm of all gradients together.
    ``warmup_epochs``: epochs of rising learning rate before the cosine. ``drop_path``: share of paths dropped in the
    end, rising from 0. ``auxiliary``: weight of the auxiliary classifier's loss, for networks that have one.
    ``eps``, ``norm``, ``steps``, ``step_size`` (2.5 eps / steps unless given; pixel units): the adversary of
    adversarial and certified training, and of the robust accuracy shown on the way. ``holdout``: share of the
    training images kept out of training, to show validation numbers. ``select``: whose weights are evaluated, the
    ``last`` epoch's or those of the one ``best`` on held-out images; ``auto``: the best of an adversarial training
    with a holdout, else the last. ``averaging``: the decay of a moving average of the weights, which is then what is
    looked at and kept; 0 for none. ``accumulate``: so many parts of a batch, one after another. ``precision``: of
    losses and adversaries. ``compile``: by ``torch.compile``, on a GPU. ``checkpoint_minutes``: how often an epoch is
    saved before it ends, by one process alone; 0 for never. ``trades``, ``fast``, ``free``, ``certified``:
    what training by each of them adds.
    """

    method: str = "standard"
    epochs: int = 600
    batch_size: int = 96
    learning_rate: float = 0.025
    momentum: float = 0.9
    weight_decay: float = 3e-4
    gradient_clip: float = 5.0
    warmup_epochs: int = 0
    label_smoothing: float = 0.0
    drop_path: float = 0.0
    auxiliary: float = 0.0
    eps: Eps = Eps(8 / 255)
    norm: Norm = Norm(math.inf)
    steps: int = 7
    step_size: Eps | None = None
    holdout: float = 0.0
    select: Literal["auto", "best", "last"] = "auto"
    averaging: float = 0.0
    accumulate: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"
    compile: bool = False
    checkpoint_minutes: float = 30.0
    trades: TradesSettings = field(default_factory=TradesSettings)
    fast: FastSettings = field(default_factory=FastSettings)
    free: FreeSettings = field(default_factory=FreeSettings)
    certified: CertifiedSettings = field(default_factory=CertifiedSettings)

    def __post_init__(self) -> None:
        TRAININGS.record(self.method)
        ThreatModel(self.eps, self.norm)
        self._at_least(1, "epochs", "batch_size", "steps", "accumulate")
        self._at_least(0, "momentum", "weight_decay", "warmup_epochs", "auxiliary", "checkpoint_minutes")
        self._positive("learning_rate", "gradient_clip")
        if self.step_size is not None:
            self._positive("step_size")
        self._shares("label_smoothing", "drop_path", "holdout", "averaging")
        if self.warmup_epochs >= self.epochs:
            raise UserError(f"warmup_epochs ({self.warmup_epochs}) must be fewer than epochs ({self.epochs})")
        if self.batch_size < 2 * self.accumulate and self.accumulate > 1:
            raise UserError(f"training accumulate ({self.accumulate}) leaves parts of less than two images a batch")
        self._check_together()

    @property
    def threat(self) -> ThreatModel:
        return ThreatModel(self.eps, self.norm)

    @property
    def step(self) -> float:
        """The adversary's step, in pixel units."""
        return 2.5 * self.eps / self.steps if self.step_size is None else self.step_size

    @property
    def adversarial(self) -> bool:
        """Whether the network will be judged under attack."""
        return self.method in ADVERSARIAL

    @property
    def selects(self) -> bool:
        """Whether the weights of the best epoch are evaluated, rather than those of the last."""
        return self.select == "best" or (self.select == "auto" and self.adversarial and self.holdout > 0)

    @property
    def reduced(self) -> bool:
        """Whether losses are computed in a precision below that of the weights."""
        return self.precision != "float32"

    @property
    def replays(self) -> int:
        """How many steps are taken on each batch."""
        return self.free.replays if self.method == "free" else 1

    @property
    def initialises(self) -> bool:
        """Whether the training begins by drawing weights of its own."""
        return self.method == "certified" and self.certified.initialise

    def _check_together(self) -> None:
        certified = self.method == "certified"
        if self.select == "best" and (certified or not self.holdout):
            raise UserError(
                "training select best needs images that are kept out, training.holdout above 0, and a training other "
                "than certified, whose last eps is the one that counts"
            )
        if certified and (self.reduced or self.compile):
            raise UserError("certified training needs training.precision float32 and training.compile false")

    def _at_least(self, least: int, *names: str) -> None:
        for name in names:
            if not least <= getattr(self, name) < math.inf:
                raise UserError(f"training {name} must be at least {least}, not {getattr(self, name)}")

    def _positive(self, *names: str) -> None:
        for name in names:
            if not 0 < getattr(self, name) < math.inf:
                raise UserError(f"training {name} must be positive and finite, not {getattr(self, name)}")

    def _shares(self, *names: str) -> None:
        for name in names:
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"training {name} must be a share, from 0 to below 1, not {getattr(self, name)}")
