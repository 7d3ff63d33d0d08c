"""The search spaces by name."""

from collections.abc import Callable
from typing import Final

from dsrna.registry import Registry
from dsrna.spaces.supernet import Supernet

SPACES: Final[Registry[Callable[..., Supernet]]] = Registry("space")

SPACES.register(
    "darts",
    summary="normal and reduction cell, 8 operations, 2 inputs, two edges kept per inner node",
    source="Liu et al. 2019 (DARTS); partial channels: Xu et al. 2020 (PC-DARTS)",
)(Supernet)
