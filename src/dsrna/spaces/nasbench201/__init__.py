"""NAS-Bench-201 (Dong and Yang 2020, arXiv 2001.00326): its cells, its skeleton, its supernet, its published tables."""

from dsrna.spaces.nasbench201.cell import Nasbench201Cell
from dsrna.spaces.nasbench201.enumeration import all_cells, random_cell, shuffled_cell
from dsrna.spaces.nasbench201.network import Nasbench201Network
from dsrna.spaces.nasbench201.operations import CANDIDATES
from dsrna.spaces.nasbench201.supernet import Nasbench201Supernet

__all__ = [
    "CANDIDATES",
    "Nasbench201Cell",
    "Nasbench201Network",
    "Nasbench201Supernet",
    "all_cells",
    "random_cell",
    "shuffled_cell",
]
