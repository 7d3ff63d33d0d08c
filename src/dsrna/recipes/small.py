"""What the small recipes share: a search that a laptop finishes."""

from typing import Final

from dsrna.search import SearchSettings
from dsrna.spaces import SpaceSettings
from dsrna.threat import Eps

NEAR: Final = Eps(1e-5)
"""The radius at which the small recipes measure robustness while searching.

Interval bounds of a supernet are vacuous at 1/255: there they fall in proportion to eps, which is then but a second
gamma, hundreds of times too large. At this radius the bound is about as large as the loss.
"""

SMALL_SPACE: Final = SpaceSettings(cells=3, channels=8, partial_channels=4)

SMALL_SEARCH: Final = SearchSettings(
    epochs=10, warmup_epochs=5, metric_batch=4, bound_batch=4, eps=NEAR, images=2048, architecture_learning_rate=3e-3
)
