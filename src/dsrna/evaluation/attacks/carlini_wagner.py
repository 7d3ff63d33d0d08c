"""The attack of Carlini and Wagner under L2: least squared distance plus a weighted hinge on the margin."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.carlini_wagner_descent import Search, descend
from dsrna.evaluation.attacks.guard import under_attack
from dsrna.evaluation.attacks.minimum import Nearest, within
from dsrna.evaluation.attacks.registry import attack
from dsrna.evaluation.predictions import predictions


def carlini_wagner(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    steps: int = 1000,
    searches: int = 9,
    step_size: float = 0.01,
    constant: float = 1e-3,
    seed: int | None = None,  # noqa: ARG001  every attack takes a seed; this one draws nothing
) -> Float[Tensor, "batch channels height width"]:
    """Return for each image the misclassified one of least L2 distance that the search finds, else the image itself.

    Minimise ``|x' - x|^2 + c max(Z_y - max Z_other, 0)`` over w by ``steps`` of Adam, ``x' = (tanh w + 1) / 2``;
    search c, from ``constant``, ``searches`` times: tenfold until the image falls, then by bisection (Carlini and
    Wagner 2017, arXiv 1608.04644, section V, Eqs. 6 to 8, confidence 0). Each image has its own c, its own Adam
    and, ten times in ``steps``, its own end where the objective no longer falls; none depends on the batch.
    ``step_size`` is Adam's, in units of w. ``x`` in [0, 1]; bad input raises ``UserError``.
    """
    _check(steps, searches, step_size, constant)
    with under_attack(model, x, y):
        nearest, every = Nearest(x, 2.0), torch.arange(len(x), device=x.device)
        right = predictions(model, x) == y
        search = Search(every[right], x[right], y[right], constant)
        for _ in range(searches if right.any() else 0):
            search.update(descend(model, search, nearest, steps, step_size))
        return nearest.confirmed(model, y)


def _check(steps: int, searches: int, step_size: float, constant: float) -> None:
    if steps < 1 or searches < 1:
        raise UserError(f"C&W needs at least one step and one search, not {steps} and {searches}")
    if not (0 < step_size < float("inf") and 0 < constant < float("inf")):
        raise UserError(f"C&W's step_size and constant must be positive, not {step_size:g} and {constant:g}")


attack(
    "cw",
    summary="C&W: the images that it fells within eps; 9 searches of 1,000 steps of Adam; L2 only",
    source="Carlini and Wagner 2017, arXiv 1608.04644, section V, Eqs. 6-8",
    slow=True,
    norms=(2.0,),
)(within(carlini_wagner, 2.0))
