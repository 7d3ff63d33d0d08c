"""What can be searched: operations, cells, the supernet, and the discrete network of a genotype."""

from dsrna.spaces.architecture import Architecture
from dsrna.spaces.architectures import (
    ARCHITECTURES,
    find_architecture,
    load_architecture,
    parse_architecture,
    read_architecture,
    written_architecture,
)
from dsrna.spaces.counting import multiply_adds, parameters
from dsrna.spaces.genotype import Genotype
from dsrna.spaces.graph import CellGraph
from dsrna.spaces.network import DiscreteNetwork
from dsrna.spaces.operations import OPERATIONS
from dsrna.spaces.random import drawn_within, random_genotype, shuffled_genotype
from dsrna.spaces.registry import SPACES
from dsrna.spaces.searchable import Searchable
from dsrna.spaces.settings import NetworkSettings, SpaceSettings
from dsrna.spaces.sizes import Counts, Sizes
from dsrna.spaces.skips import dropping_skips
from dsrna.spaces.space import Space
from dsrna.spaces.stems import STEMS
from dsrna.spaces.supernet import Supernet

__all__ = [
    "ARCHITECTURES",
    "OPERATIONS",
    "SPACES",
    "STEMS",
    "Architecture",
    "CellGraph",
    "Counts",
    "DiscreteNetwork",
    "Genotype",
    "NetworkSettings",
    "Searchable",
    "Sizes",
    "Space",
    "SpaceSettings",
    "Supernet",
    "drawn_within",
    "dropping_skips",
    "find_architecture",
    "load_architecture",
    "multiply_adds",
    "parameters",
    "parse_architecture",
    "random_genotype",
    "read_architecture",
    "shuffled_genotype",
    "written_architecture",
]
