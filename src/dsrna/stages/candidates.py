"""Random architectures, briefly trained and ranked by the metrics of a method: the rival of every search."""

import math
from collections.abc import Sequence

from dsrna.errors import UserError
from dsrna.ranking import RankSettings, Score
from dsrna.search import METHODS
from dsrna.spaces import Architecture
from dsrna.stages.run import Run
from dsrna.stages.scores import scored


def best(run: Run, candidates: Sequence[Architecture]) -> Architecture:
    """Return the candidate whose metrics, as the run's method has them under its goal, have the largest sum.

    All are trained alike, by the recipe's training, for ``search.candidates.steps``. Scores are kept in the run's
    folder, so that a run that was stopped goes on.
    """
    recipe, settings = run.recipe, run.recipe.search.candidates
    metrics = METHODS[recipe.search.method].under(recipe.goal).metrics
    scores = scored(run, candidates, RankSettings(metrics=metrics, steps=settings.steps, images=settings.images))
    values = [_total(score) for score in scores]
    if max(values) == -math.inf:
        raise UserError(f"none of the {len(candidates)} candidates has a metric; lower training.learning_rate")
    return candidates[values.index(max(values))]


def _total(score: Score) -> float:
    return sum(-math.inf if value is None else value for value in score.metrics.values())
