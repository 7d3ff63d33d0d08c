"""What a search space is to the stages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from dsrna.spaces.architecture import Architecture
from dsrna.spaces.searchable import Searchable
from dsrna.spaces.selection import Rule
from dsrna.spaces.settings import NetworkSettings, SpaceSettings
from dsrna.spaces.sizes import Sizes
from dsrna.spaces.tallying import Shape, Site, tallied


@dataclass(frozen=True)
class Space:
    """``supernet`` takes the settings, then by name classes, in_channels, mean, std and generator.

    ``architecture`` is the class of its architectures, and ``prefix`` what their line of text begins with. ``draw``
    returns one at random, ``shuffle`` one with another's operations, each as often. The two checks raise ``UserError``
    for settings that do not fit. ``operations`` are the candidates that a recipe gets where it names the space and not
    these. ``rule`` says how mixing weights become an architecture, ``sites`` where its edges stand in a final network.
    """

    supernet: Callable[..., Searchable]
    architecture: type[Architecture]
    prefix: str
    draw: Callable[[SpaceSettings, torch.Generator], Architecture]
    shuffle: Callable[[Any, torch.Generator], Architecture]
    operations: tuple[str, ...]
    rule: Callable[[SpaceSettings], Rule]
    sites: Callable[[SpaceSettings, NetworkSettings, Shape], list[Site]]
    check_supernet: Callable[[SpaceSettings], None] = lambda _: None
    check_network: Callable[[NetworkSettings], None] = lambda _: None

    def sizes(self, settings: SpaceSettings, network: NetworkSettings, classes: int, shape: Shape) -> Sizes:
        """Return how large the final networks are, for images of ``shape``."""
        return tallied(self.rule(settings), self.sites(settings, network, shape), network, classes, shape)
