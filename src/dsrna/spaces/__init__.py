"""What can be searched: operations, cells, the supernet, and the discrete network of a genotype."""

from dsrna.spaces.architectures import ARCHITECTURES, find_architecture
from dsrna.spaces.counting import multiply_adds, parameters
from dsrna.spaces.genotype import Genotype
from dsrna.spaces.network import DiscreteNetwork
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.random import drawn_within, random_genotype, shuffled_genotype
from dsrna.spaces.registry import SPACES
from dsrna.spaces.settings import NetworkSettings, SpaceSettings
from dsrna.spaces.stems import STEMS
from dsrna.spaces.supernet import Supernet

__all__ = [
    "ARCHITECTURES",
    "OPERATIONS",
    "SPACES",
    "STEMS",
    "DiscreteNetwork",
    "Genotype",
    "NetworkSettings",
    "SpaceSettings",
    "Supernet",
    "drawn_within",
    "find_architecture",
    "multiply_adds",
    "parameters",
    "random_genotype",
    "shuffled_genotype",
]
