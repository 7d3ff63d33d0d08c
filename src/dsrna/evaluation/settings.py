"""What a recipe says of attacks."""

import math
from dataclasses import dataclass
from pathlib import Path

from dsrna.errors import UserError
from dsrna.evaluation.attacks import ATTACKS, check_known_norm
from dsrna.evaluation.checks import check_counts, check_radii
from dsrna.evaluation.corruptions import CORRUPTIONS
from dsrna.threat import Eps, Norm, check_norm


@dataclass(frozen=True)
class AttackSettings:
    """Every attack of ``attacks`` is run at every ``eps`` (pixel units).

    ``images``: judge so many test images, the same stratified choice in every run; None for all. ``slow_images``:
    give slow attacks (AutoAttack) only so many of those; None for all of them. ``slow_eps``: run slow attacks at
    these of ``eps`` only; None for all. ``eight_bit``: round adversarial images to pixels k/255 inside the ball before
    they are judged. ``examples``: save so many of the images that the last attack felled at the largest eps, before and
    after; None for all of them. ``sanity``: on so many images, check that the numbers are real; 0 for none.
    ``corruptions``: classify the images under these common corruptions too, at every severity. ``source``: the folder
    of another run, from whose network transfer attacks come; None where there is none of these.
    """

    attacks: tuple[str, ...] = ("fgsm", "pgd-20")
    eps: tuple[Eps, ...] = (Eps(2 / 255), Eps(8 / 255))
    norm: Norm = Norm(math.inf)
    images: int | None = None
    slow_images: int | None = None
    slow_eps: tuple[Eps, ...] | None = None
    batch_size: int = 256
    eight_bit: bool = False
    examples: int | None = 8
    sanity: int = 32
    corruptions: tuple[str, ...] = ()
    source: Path | None = None

    def __post_init__(self) -> None:
        if not self.attacks or len(set(self.attacks)) != len(self.attacks):
            raise UserError(f"attacks must be different, one at least, not {', '.join(self.attacks) or 'none'}")
        for name in self.attacks:
            check_known_norm(f"attack {name!r}", check_norm(self.norm), ATTACKS[name].norms)
        self._check_source()
        for name in self.corruptions:
            CORRUPTIONS.record(name)
        if len(set(self.corruptions)) != len(self.corruptions):
            raise UserError(f"corruptions must be different, not {', '.join(self.corruptions)}")
        check_radii(self.eps, self.norm)
        if self.slow_eps is not None and not set() < set(self.slow_eps) <= set(self.eps):
            raise UserError("slow_eps must be some of eps, one at least, or none for all")
        if self.sanity < 0:
            raise UserError(f"sanity must be a number of images, 0 for no checks, not {self.sanity}")
        check_counts(
            images=self.images, slow_images=self.slow_images, batch_size=self.batch_size, examples=self.examples
        )

    def _check_source(self) -> None:
        transfers = [name for name in self.attacks if ATTACKS[name].transfers]
        if transfers and self.source is None:
            raise UserError(
                f"attack {transfers[0]!r} comes from the network of another run: give attack.source its folder"
            )
        if self.source is not None and not transfers:
            known = ", ".join(record.name for record in ATTACKS if record.value.transfers)
            raise UserError(
                f"attack.source is for transfer attacks, and attacks has none of {known}; add one, or give none"
            )
