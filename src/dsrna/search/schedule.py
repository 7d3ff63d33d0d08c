"""What changes in the course of a search."""

import math
from typing import Final

from dsrna.search.settings import SearchSettings

FALL: Final = 3.0
"""Twenty hundredths an epoch, 15 epochs: the exponent of the fall of P-DARTS' dropout at its end."""


def learning_rate(settings: SearchSettings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0: cosine from the first to the final one."""
    low, high = settings.final_learning_rate, settings.learning_rate
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * epoch / settings.epochs))


def falling(share: float, settings: SearchSettings) -> float:
    """Return which part of its first rate a dropout has where so large a share of the epochs is over (P-DARTS).

    Even steps towards 0 in the warm-up, then from the whole once more, exponentially, to about a twentieth. Where 15
    epochs follow 10 of warm-up it is the fall of the authors' program.
    """
    epoch = round(share * settings.epochs)
    if epoch < settings.warmup_epochs:
        return 1 - (epoch + 1) / settings.epochs
    return math.exp(-FALL * (epoch - settings.warmup_epochs) / (settings.epochs - settings.warmup_epochs))
