"""Architectures scored by metrics, and the scores held against ground truth."""

from dsrna.ranking.judging import Judge
from dsrna.ranking.published import Entry, Published, check_covers, published
from dsrna.ranking.results import Correlation, Estimate, Ranking, Score
from dsrna.ranking.scoring import Ranked, score
from dsrna.ranking.settings import RankSettings
from dsrna.ranking.summary import summarise
from dsrna.ranking.truth import GroundTruth

__all__ = [
    "Correlation",
    "Entry",
    "Estimate",
    "GroundTruth",
    "Judge",
    "Published",
    "RankSettings",
    "Ranked",
    "Ranking",
    "Score",
    "check_covers",
    "published",
    "score",
    "summarise",
]
