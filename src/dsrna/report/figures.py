"""The pictures of a run, with what must be known to read them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dsrna.evaluation import AttackResult, CertifyResult
from dsrna.report import certificates, wording
from dsrna.report.curves import attack_curve, certified_curve
from dsrna.report.histories import gradient_curves, search_curves, share_curves, size_curves, stability_curves
from dsrna.report.plot import Plot
from dsrna.search import SearchEpoch


@dataclass(frozen=True)
class Figure:
    """A picture, its title, and what must be known to read it."""

    picture: Plot
    title: str
    note: str


_SEARCH: Final[Sequence[tuple[Callable[[Sequence[SearchEpoch]], Plot | None], str, str]]] = (
    (search_curves, "The supernet", "Loss and accuracy while the architecture was searched."),
    (
        share_curves,
        "What the search prefers",
        "A growing share of none is a search that drifts to computing nothing; the genotype cannot show it.",
    ),
    (
        gradient_curves,
        "What moves it",
        (
            "Cosine with the loss above 0: what lowers the loss lowers the metric too. A metric whose gradient is the "
            "larger one, or lies along the scale of the logits, decides without the loss."
        ),
    ),
    (
        stability_curves,
        "Whether it will last",
        (
            "An eigenvalue of the loss's curvature in the architecture parameters that grows, or a growing gap between "
            "the supernet and what would be read off it, announces a result worse than the supernet."
        ),
    ),
    (
        size_curves,
        "How large it will be",
        (
            "The final network, were it drawn by the sharpened mixing weights. A multiplier above 0 pushes towards "
            "smaller networks, one below 0 towards larger ones."
        ),
    ),
)


def searched(rows: Sequence[SearchEpoch]) -> list[Figure]:
    """Return what there is to see of a search; nothing where there was none."""
    if not rows:
        return []
    drawn = ((draw(rows), title, note) for draw, title, note in _SEARCH)
    return [Figure(plot, title, note) for plot, title, note in drawn if plot is not None]


def robustness(attack: AttackResult | None, certify: CertifyResult | None, chance: float | None) -> list[Figure]:
    """Return what attacks left, and what is certified under each norm, as far as it is known."""
    return [*_attacked(attack, chance), *_certified(certify, chance)]


def _attacked(result: AttackResult | None, chance: float | None) -> Iterator[Figure]:
    if result:
        note = "An upper bound: a stronger attack may find more. Bars are 95% Wilson intervals."
        yield Figure(attack_curve(result, chance), "Accuracy under attack", note)


def _certified(result: CertifyResult | None, chance: float | None) -> Iterator[Figure]:
    if result:
        note = f"{certificates.meaning(result)} Bars are 95% Wilson intervals."
        words = "probably certified" if result.smoothing else "certified"
        of = ", smoothed classifier" if result.smoothing else ""
        for found in result.norms:
            title = f"{words.capitalize()} accuracy{of}, {wording.norm_name(found.norm)}"
            yield Figure(certified_curve(found, chance, words), title, note)
