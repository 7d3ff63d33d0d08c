"""One attack at one eps, batch after batch."""

import time
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks import AttackFunction, under_attack, verified
from dsrna.evaluation.choice import spread
from dsrna.evaluation.counts import Count, counted
from dsrna.evaluation.eight_bit import EightBits, rounded
from dsrna.evaluation.predictions import predictions
from dsrna.evaluation.results import AttackRow, Examples
from dsrna.runtime import seeds
from dsrna.runtime.memory import Halves
from dsrna.threat import Eps, Norm, ThreatModel

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, "batch"]


@dataclass
class Trial:
    """An attack at an eps against the first ``images`` of the chosen images, and how they have fared so far.

    ``keep``: so many of the images that fall are kept as examples; None for all of them. ``eight_bit``: what the
    attack finds is rounded to pixels k/255 before it is judged, and what then stands is attacked through the rounding.
    ``halves``: how many images memory suffices for.
    """

    attack: str
    run: AttackFunction
    eps: Eps
    norm: Norm
    images: int
    seed: int
    keep: int | None = 0
    eight_bit: bool = False
    halves: Halves = field(default_factory=Halves)
    seconds: float = 0.0
    standing: list[bool] = field(default_factory=list)
    _felled: list[tuple[Tensor, ...]] = field(default_factory=list)

    def face(self, model: nn.Module, x: Images, y: Labels, right: Bool[Tensor, "batch"]) -> int:
        """Attack those of the next batch that are ``right`` and due; return how many images were due."""
        started = time.monotonic()
        due = right[: self.images - len(self.standing)]
        x, y = x[: len(due)][due], y[: len(due)][due]
        adversarial, predicted = self._in_parts(model, x, y) if len(y) else (x, y)
        places = len(self.standing) + due.nonzero().flatten()
        self.standing += due.masked_scatter(due, predicted == y).tolist()
        self._remember((x, adversarial, y, predicted, places), predicted != y)
        self.seconds += time.monotonic() - started
        return len(due)

    def row(self) -> AttackRow:
        return AttackRow(self.attack, self.eps, self.count(), self.seconds)

    def fate(self, place: int) -> bool | None:
        """Tell whether the image at ``place`` of the chosen images stands; None where it was not faced."""
        return self.standing[place] if place < len(self.standing) else None

    def count(self) -> Count:
        return counted(self.standing)

    def examples(self, order: Int64[Tensor, "chosen"]) -> Examples:
        """Return images that fell, ``keep`` of them and of as many classes as can be, a batch having been faced.

        ``order``: the place in the test split of each of the chosen images.
        """
        found = [torch.cat(parts) for parts in zip(*self._felled, strict=True)]
        kept = spread(found[2], self.keep)
        original, adversarial, labels, predicted, places = (part[kept] for part in found)
        return Examples(self.attack, self.eps, original, adversarial, labels, predicted, order[places])

    def _in_parts(self, model: nn.Module, x: Images, y: Labels) -> tuple[Images, Labels]:
        parts = self.halves.over(len(y), lambda part: self._attacked(model, x[part], y[part]))
        return torch.cat([adversarial for adversarial, _ in parts]), torch.cat([predicted for _, predicted in parts])

    def _attacked(self, model: nn.Module, x: Images, y: Labels) -> tuple[Images, Labels]:
        with under_attack(model, x, y):
            adversarial, predicted = self._judged(model, model, x, y)
            standing = predicted == y
            if self.eight_bit and standing.any():
                found = self._judged(model, EightBits(model), x[standing], y[standing])
                adversarial[standing], predicted[standing] = found
        return adversarial, predicted

    def _judged(self, model: nn.Module, attacked: nn.Module, x: Images, y: Labels) -> tuple[Images, Labels]:
        """Attack ``attacked``; return what was found, and what ``model`` takes it for."""
        threat = ThreatModel(self.eps, self.norm)
        seed = seeds.derive(self.seed, "attack", self.attack)
        adversarial = verified(self.run(attacked, x, y, eps=self.eps, norm=self.norm, seed=seed), x, threat)
        if not self.eight_bit:
            return adversarial, predictions(model, adversarial)
        adversarial, there = rounded(adversarial, x, threat)
        return adversarial, torch.where(there, predictions(model, adversarial), y)

    def _remember(self, faced: tuple[Tensor, ...], fell: Bool[Tensor, "right"]) -> None:
        rows = fell.nonzero().flatten()
        if self.keep is not None:
            rows = rows[spread(faced[2][rows], self.keep)]
        self._felled.append(tuple(part[rows].cpu() for part in faced))
