"""The search methods: what each changes in one and the same loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from dsrna.registry import Registry

Examples = Literal["clean", "adversarial", "noise"]
"""The images that a loss sees: as they are, moved by an ascent of the loss, or moved at random."""

Perturbation = Literal["none", "random", "adversarial"]


@dataclass(frozen=True)
class Method:
    """How a search differs from ``darts``.

    ``metrics``: their sum is R in the upper level. ``balanced``: R is weighed by gradient norms, its parts along the
    scale of the logits, and along ``none`` where that can be found, left out; else by gamma. ``examples``: the images
    that the losses of both levels see. ``certifies``: both losses are mixed with a bound over a ball. ``perturbation``:
    what is done to the mixing weights while weights are trained. ``draws``: architecture parameters are drawn from
    distributions that are searched, under a constraint on the Lipschitz constant. ``holds``: unless a band is given,
    the final network has no fewer parameters than uniform draws have in the mean. ``progressive``: in stages, on deeper
    and deeper supernets with fewer and fewer candidates. ``fields``: recipe fields that the method brings, which
    options can still change. ``goals``: its form under other goals. ``searches``: False for a draw, which is the best
    of some by ``metrics`` where there are any.
    """

    metrics: tuple[str, ...] = ()
    balanced: bool = False
    examples: Examples = "clean"
    certifies: bool = False
    perturbation: Perturbation = "none"
    draws: bool = False
    holds: bool = False
    progressive: bool = False
    fields: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    goals: Mapping[str, "Method"] = field(default_factory=dict)
    searches: bool = True

    def under(self, goal: str) -> "Method":
        """Return the form that the method takes where the final network is trained and judged by ``goal``."""
        return self.goals.get(goal, self)


METHODS: Final[Registry[Method]] = Registry("method")

_DSRNA: Final = "Hosseini et al. 2021 (DSRNA), Eq. 16"
_DARTS: Final = "Liu et al. 2019 (DARTS), Eqs. 3 to 7"
_PARTIAL: Final = {"space": {"partial_channels": 4}}

BEST: Final = {"standard": ("jacobian",), "adversarial": ("margin-jacobian",), "certified": ("certified-radius",)}
"""The metrics that order architectures best beyond their size, trained for each goal: docs/results/metrics.md."""

METHODS.register(
    "dsrna-combined",
    summary="maximise a certified lower bound of the margin plus the Jacobian bound, as published",
    source=_DSRNA,
)(Method(("certified-margin", "jacobian")))
METHODS.register("dsrna-cb", summary="maximise a certified lower bound of the margin, as published", source=_DSRNA)(
    Method(("certified-margin",))
)
METHODS.register("dsrna-jacobian", summary="maximise the Jacobian norm bound, as published", source=_DSRNA)(
    Method(("jacobian",))
)
METHODS.register(
    "dsrna-radius",
    summary="maximise the radius itself, free of the logits' scale, balanced; its form follows the goal",
    source="this project; docs/explanation/search.md",
)(
    Method(
        ("margin-jacobian",),
        balanced=True,
        holds=True,
        goals={
            "adversarial": Method(("margin-jacobian",), balanced=True, holds=True, examples="adversarial"),
            "certified": Method(("certified-radius",), balanced=True, certifies=True),
        },
    )
)
METHODS.register(
    "dsrna-balanced",
    summary="maximise the metric that predicts best under the goal, balanced, the logits' scale left alone",
    source="this project; docs/explanation/search.md, docs/results/metrics.md",
)(
    Method(
        BEST["standard"],
        balanced=True,
        holds=True,
        goals={
            "adversarial": Method(BEST["adversarial"], balanced=True, holds=True, examples="adversarial"),
            "certified": Method(BEST["certified"], balanced=True),
        },
    )
)
METHODS.register("darts", summary="no robustness metric: the plain search", source=_DARTS)(Method())
METHODS.register(
    "pc-darts", summary="the plain search through a quarter of the channels", source="Xu et al. 2020 (PC-DARTS), Eq. 1"
)(Method(fields=_PARTIAL))
METHODS.register(
    "p-darts",
    summary="the plain search in stages: deeper supernets, fewer candidates, few skip-connections",
    source="Chen et al. 2019 (P-DARTS), arXiv 1904.12760, sections 3.2, 3.3, and the authors' train_search.py",
)(Method(progressive=True))
METHODS.register(
    "sdarts-rs",
    summary="weights fit for mixing weights moved at random",
    source="Chen and Hsieh 2020 (SmoothDARTS), arXiv 2002.05283, SDARTS-RS, and the authors' train_search.py",
)(Method(perturbation="random"))
METHODS.register(
    "sdarts-adv",
    summary="weights fit for the worst mixing weights nearby",
    source="Chen and Hsieh 2020 (SmoothDARTS), arXiv 2002.05283, SDARTS-ADV, and the authors' perturb.py",
)(Method(perturbation="adversarial"))
METHODS.register(
    "adversarial",
    summary="both levels on adversarial images",
    source="the line of Guo et al. 2020 (RobNet), arXiv 1911.10695, Eq. 1: a supernet trained on adversarial images",
)(Method(examples="adversarial"))
METHODS.register(
    "pc-darts-adv",
    summary="both levels on adversarial images, through a quarter of the channels",
    source="Xu et al. 2020 (PC-DARTS), Eq. 1, on adversarial images: a baseline of Hosseini et al. 2021, Table 1",
)(Method(examples="adversarial", fields=_PARTIAL))
METHODS.register(
    "noise",
    summary="both levels on images with random noise",
    source="Zhu et al. 2023 (RNAS), arXiv 2304.02845, its abstract: noise in place of adversarial images",
)(Method(examples="noise"))
METHODS.register(
    "advrush",
    summary="minimise the curvature of the loss along its steepest direction in the image",
    source="Mok et al. 2021 (AdvRush), arXiv 2108.01289, Eqs. 9 and 10, as its released regularizer.py finds them",
)(Method(("curvature",)))
METHODS.register(
    "racl",
    summary="mixing weights drawn from log-normals, the Lipschitz constant bounded with confidence",
    source="Dong et al. 2020 (RACL), arXiv 2009.00902, its abstract, Eq. 13; docs/explanation/search.md: what is ours",
)(Method(draws=True, goals={"adversarial": Method(draws=True, examples="adversarial")}))
METHODS.register(
    "random",
    summary="no search: a genotype drawn uniformly, the control",
    source="Li and Talwalkar 2019, arXiv 1902.07638",
)(Method(searches=False))
METHODS.register(
    "random-ranked",
    summary="no search: the best of some draws, briefly trained, by the metric of dsrna-balanced; the rival",
    source="this project; docs/explanation/search.md",
)(
    Method(
        BEST["standard"],
        searches=False,
        goals={goal: Method(metrics, searches=False) for goal, metrics in BEST.items()},
    )
)
