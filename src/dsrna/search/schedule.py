"""What changes in the course of a search."""

import math

from dsrna.search.settings import SearchSettings


def learning_rate(settings: SearchSettings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0: cosine from the first to the final one."""
    low, high = settings.final_learning_rate, settings.learning_rate
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * epoch / settings.epochs))
