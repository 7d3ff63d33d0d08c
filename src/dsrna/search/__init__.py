"""The bilevel search and its methods."""

from dsrna.search.capacity import check_reachable
from dsrna.search.contradictions import check_given, check_used, idle
from dsrna.search.examples import AdversarySettings
from dsrna.search.history import ArchitectureStep, Found, SearchEpoch, SearchResult
from dsrna.search.loop import search
from dsrna.search.methods import METHODS, Method
from dsrna.search.progressive import planned, search_in_stages
from dsrna.search.settings import SearchSettings

__all__ = [
    "METHODS",
    "AdversarySettings",
    "ArchitectureStep",
    "Found",
    "Method",
    "SearchEpoch",
    "SearchResult",
    "SearchSettings",
    "check_given",
    "check_reachable",
    "check_used",
    "idle",
    "planned",
    "search",
    "search_in_stages",
]
