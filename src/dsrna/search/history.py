"""What a search says of every epoch."""

from dataclasses import dataclass

from dsrna.spaces import Architecture


@dataclass(frozen=True)
class SearchEpoch:
    """One row of ``search/history.jsonl``.

    ``loss`` and ``accuracy`` are of the training half as it was trained on, ``validation_accuracy`` is the
    supernet's on the validation half, ``robustness`` the mean R of the epoch's architecture steps (None while
    warming up, or without a metric), ``shares`` each operation's mean softmax share, ``none`` included.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_accuracy: float
    robustness: float | None
    shares: dict[str, float]
    warmup: bool
    seconds: float


@dataclass(frozen=True)
class SearchResult:
    """The architecture that was found, and how."""

    genotype: Architecture
    history: tuple[SearchEpoch, ...]
