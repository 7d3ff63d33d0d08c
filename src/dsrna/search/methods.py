"""The search methods: each is a choice of robustness metrics for the upper level of one and the same loop."""

from dataclasses import dataclass
from typing import Final

from dsrna.registry import Registry


@dataclass(frozen=True)
class Method:
    """The metrics whose sum is R in the upper-level objective ``L - gamma R``; ``searches``: False for a draw."""

    metrics: tuple[str, ...] = ()
    searches: bool = True


METHODS: Final[Registry[Method]] = Registry("method")

_DSRNA = "Hosseini et al. 2021 (DSRNA), Eq. 16"

METHODS.register(
    "dsrna-combined",
    summary="maximise a certified lower bound of the margin plus the Jacobian bound",
    source=_DSRNA,
)(Method(("certified-margin", "jacobian")))
METHODS.register("dsrna-cb", summary="maximise a certified lower bound of the margin", source=_DSRNA)(
    Method(("certified-margin",))
)
METHODS.register("dsrna-jacobian", summary="maximise the Jacobian norm bound", source=_DSRNA)(Method(("jacobian",)))
METHODS.register(
    "darts", summary="no robustness metric: the plain search", source="Liu et al. 2019 (DARTS), Eqs. 3 to 7"
)(Method())
METHODS.register(
    "random", summary="no search: a genotype drawn uniformly, the control", source="Li and Talwalkar 2019"
)(Method(searches=False))
