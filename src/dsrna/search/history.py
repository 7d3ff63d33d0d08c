"""What a search says of every epoch."""

from dataclasses import dataclass, field, fields
from typing import Literal

from dsrna.spaces import Architecture


@dataclass(frozen=True)
class ArchitectureStep:
    """One step of the upper level, or the means over some: L, R and its weight, and their gradients in alpha.

    ``loss_gradient`` and ``metric_gradient``: norms, of R unweighted. ``cosine``: of the angle between the two,
    ``scale_cosine``: between R's gradient and that of the logarithm of the logits' standard deviation. None where there
    is no metric, or where it was not measured. ``excess`` and ``multiplier``: of the constraint on the Lipschitz
    constant before the step, None without; ``loss_gradient`` then is that of L with the penalty.
    """

    loss: float
    loss_gradient: float
    robustness: float | None = None
    weight: float | None = None
    metric_gradient: float | None = None
    cosine: float | None = None
    scale_cosine: float | None = None
    excess: float | None = None
    multiplier: float | None = None

    @classmethod
    def mean(cls, steps: list["ArchitectureStep"]) -> "ArchitectureStep | None":
        """Return the means over steps, of those that have a value; None of no step."""
        if not steps:
            return None
        columns = {column.name: [getattr(step, column.name) for step in steps] for column in fields(cls)}
        known = {name: [value for value in values if value is not None] for name, values in columns.items()}
        return cls(**{name: sum(values) / len(values) for name, values in known.items() if values})


@dataclass(frozen=True)
class ExpectedSize:
    """The expected count of the final network after an epoch, and its multiplier; None without a band."""

    expected: float
    multiplier: float | None = None


@dataclass(frozen=True)
class SearchEpoch:
    """One row of ``search/history.jsonl``.

    ``loss`` and ``accuracy`` are of the training half as it was trained on, ``validation_accuracy`` is the
    supernet's on the validation half, ``robustness`` the mean R of the epoch's architecture steps (None while
    warming up, or without a metric), ``shares`` each operation's mean softmax share, ``none`` included. ``entropy``: of
    the mixing weights, the mean over edges, as a share of the largest there can be. ``architecture``: means over the
    epoch's architecture steps, None while warming up. ``collapse``: how the search has collapsed, if it has.
    ``sizes``: of the final network by name, ``parameters`` and ``multiply-adds``, empty where nobody said how to count.
    ``eigenvalue``: the dominant one of the Hessian of L in the architecture parameters; ``gap``: what accuracy falls by
    where the mixing weights are decided; None where not measured. ``genotype``: what the search would return if it
    ended here, ``strongest`` where that has another size than is wanted, or more skip-connections: these p-darts
    holds after its last epoch.
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
    entropy: float = 1.0
    architecture: ArchitectureStep | None = None
    collapse: str | None = None
    sizes: dict[str, ExpectedSize] = field(default_factory=dict)
    eigenvalue: float | None = None
    gap: float | None = None
    genotype: str | None = None
    strongest: str | None = None


@dataclass(frozen=True)
class SearchResult:
    """The architecture that was found, and how; ``remarks`` are sentences on what was done at the end."""

    genotype: Architecture
    history: tuple[SearchEpoch, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """``search/result.json``: the size of the final network of the architecture that was found, and what to know of it.

    ``multiply_adds`` are for one image.
    """

    schema: Literal[1] = 1
    parameters: int
    multiply_adds: int
    remarks: tuple[str, ...] = ()
