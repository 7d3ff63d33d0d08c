"""The search spaces by name."""

from typing import Final

from dsrna.registry import Registry
from dsrna.spaces import discretise, sites
from dsrna.spaces.genotype import Genotype
from dsrna.spaces.nasbench201 import CANDIDATES, Nasbench201Cell, Nasbench201Supernet, random_cell, shuffled_cell
from dsrna.spaces.nasbench201 import sites as nasbench201_sites
from dsrna.spaces.nasbench201.settings import check_settings, check_supernet
from dsrna.spaces.operations import DARTS_OPERATIONS
from dsrna.spaces.random import random_genotype, shuffled_genotype
from dsrna.spaces.space import Space
from dsrna.spaces.supernet import Supernet

SPACES: Final[Registry[Space]] = Registry("space")

SPACES.register(
    "darts",
    summary="normal and reduction cell, 8 operations, 2 inputs, two edges kept per inner node",
    source="Liu et al. 2019 (DARTS); partial channels: Xu et al. 2020 (PC-DARTS)",
)(
    Space(
        Supernet,
        Genotype,
        "Genotype(",
        random_genotype,
        shuffled_genotype,
        DARTS_OPERATIONS,
        discretise.rule,
        sites.sites,
    )
)

SPACES.register(
    "nasbench201",
    summary="one cell of 4 nodes and 6 edges, 5 operations: 15,625 cells, published accuracies for all (--table)",
    source="Dong and Yang 2020 (NAS-Bench-201), arXiv 2001.00326",
)(
    Space(
        Nasbench201Supernet,
        Nasbench201Cell,
        "|",
        random_cell,
        shuffled_cell,
        CANDIDATES,
        nasbench201_sites.rule,
        nasbench201_sites.sites,
        check_supernet,
        check_settings,
    )
)
