"""Capacity as a constraint: the expected size of the final network is held in its band by a multiplier."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dsrna.errors import UserError
from dsrna.search.gradients import gradient
from dsrna.search.history import ExpectedSize
from dsrna.search.methods import METHODS
from dsrna.search.settings import SearchSettings
from dsrna.spaces import Architecture, Searchable, Sizes
from dsrna.spaces.selection import Choice


@dataclass
class Capacity:
    """Expected counts of the final network, with a multiplier for each that has a band.

    Where the settings give none, a method that ``holds`` brings one: no fewer parameters than random draws have.

    The method of multipliers (Hestenes 1969, Powell 1969) for ``u in B``, with ``u`` an expected count and ``B`` its
    band, both over the span of the space: a step first sets ``lambda <- rate (z - nearest(B, z))`` with
    ``z = u + lambda / rate``, then adds ``lambda du/dalpha``. Bands that no architecture lies in are a ``UserError``.
    """

    settings: SearchSettings
    sizes: Sizes
    goal: str = "standard"
    multipliers: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.bands = self.settings.bands or self._held()
        check_reachable(self.sizes, self.bands)
        self.multipliers = dict.fromkeys(self.bands, 0.0)

    def _held(self) -> dict[str, tuple[int, int]]:
        """Return the band of a method that holds the size: from the mean of uniform draws up."""
        if not METHODS[self.settings.method].under(self.goal).holds:
            return {}
        most = self.sizes.counts["parameters"].span(self.sizes.rule)[1]
        return {"parameters": (int(self.sizes.means()["parameters"]), most)}

    def gradients(self, supernet: Searchable) -> list[Tensor]:
        """Move the multipliers, and return what they add to the gradients in the architecture parameters."""
        parameters = supernet.architecture_parameters()
        if not self.bands:
            return [torch.zeros_like(parameter) for parameter in parameters]
        expected = self.sizes.expected(supernet.strengths())
        terms = [self._moved(name, expected[name].item()) * expected[name] / self._span(name) for name in self.bands]
        return gradient(torch.stack(terms).sum(), parameters)

    def _moved(self, name: str, expected: float) -> float:
        """Move the multiplier of a count, and return it."""
        span, rate = self._span(name), self.settings.capacity_rate
        least, most = (end / span for end in self.bands[name])
        ahead = expected / span + self.multipliers[name] / rate
        self.multipliers[name] = rate * (ahead - min(max(ahead, least), most))
        return self.multipliers[name]

    def _span(self, name: str) -> int:
        least, most = self.sizes.counts[name].span(self.sizes.rule)
        return max(1, most - least)

    def state(self, supernet: Searchable) -> dict[str, ExpectedSize]:
        """Return the expected counts and the multipliers as they are now."""
        with torch.no_grad():
            expected = self.sizes.expected(supernet.strengths())
        return {name: ExpectedSize(value.item(), self.multipliers.get(name)) for name, value in expected.items()}

    def found(self, supernet: Searchable) -> Architecture:
        """Return the strongest architecture, of those whose counts lie in the bands."""
        return self.sizes.rule.read(self.choice(supernet))

    def choice(self, supernet: Searchable) -> Choice:
        """Return what that architecture keeps."""
        within = self.sizes.choice(supernet.strengths(), self.bands)
        assert within is not None, "the bands were found to be in reach"
        return within

    def tensors(self) -> dict[str, Tensor]:
        """Return the multipliers, as a checkpoint holds them."""
        return {name: torch.tensor(value, dtype=torch.float64) for name, value in self.multipliers.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        self.multipliers = {name: value.item() for name, value in tensors.items()}


def check_reachable(sizes: Sizes, bands: Mapping[str, tuple[int, int]]) -> None:
    """Refuse bands that no architecture of the space lies in, naming the smallest and the largest counts."""
    if not bands or sizes.reachable(bands):
        return
    wanted = " and ".join(f"{least:,} to {most:,} {name}" for name, (least, most) in bands.items())
    spans = ((name, sizes.counts[name].span(sizes.rule)) for name in bands)
    there = " and ".join(f"{least:,} to {most:,} {name}" for name, (least, most) in spans)
    raise UserError(
        f"no architecture of the space has {wanted}: the final networks have {there}; "
        "change search.params or search.macs, or the cells and channels of network"
    )
