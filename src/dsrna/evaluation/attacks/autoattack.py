"""AutoAttack, the reference implementation, held to this project's conventions."""

import logging
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pyautoattack
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks.guard import under_attack, verified
from dsrna.evaluation.attacks.registry import attack
from dsrna.threat import ThreatModel, project

_NORMS: Final = {math.inf: "Linf", 2.0: "L2", 1.0: "L1"}
_LEAST_SIDE: Final = 5


@attack(
    "autoattack",
    summary="APGD on cross-entropy and on targeted DLR, targeted FAB, Square: the standard ensemble",
    source="Croce and Hein 2020, arXiv 2003.01690; package pyautoattack",
    slow=True,
)
def autoattack(
    model: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    y: Int64[Tensor, "batch"],
    *,
    eps: float,
    norm: float = math.inf,
    seed: int | None = None,
) -> Float[Tensor, "batch channels height width"]:
    """Return what the standard ensemble finds; images that it cannot fell come back as they were.

    With fewer than four classes the targeted DLR loss does not exist: three classes get the untargeted one, two
    none. Targets are at most ``classes - 1``. The package computes in float32; its results are projected, which
    takes off its rounding. It draws its noise for the whole batch from one stream: unlike the other attacks', its
    result for an image depends on the image's place in the batch.

    ``x`` in [0, 1], ``eps`` in pixel units; bad input raises ``UserError``, and so do images of fewer than 5x5
    pixels, into which Square's five tiles do not fit.
    """
    threat = ThreatModel(eps, norm)
    if min(x.shape[2:]) < _LEAST_SIDE:
        raise UserError(f"AutoAttack needs images of at least 5x5 pixels, not {x.shape[2]}x{x.shape[3]}; leave it out")
    with under_attack(model, x, y) as classes:
        if eps == 0:
            return x.clone()
        with _contained(x):
            ensemble = _ensemble(model, x, threat, classes, seed or 0)
            found, _ = ensemble.run_standard_evaluation(x.float(), y, batch_size=len(x))
    return verified(project(found.to(x.dtype), x, threat), x, threat)


def component_attacks(classes: int) -> tuple[str, ...]:
    """Return the attacks of the standard version that can be run against ``classes`` logits."""
    if classes < 2:
        raise UserError(f"AutoAttack needs a model with at least two classes, not {classes}")
    dlr = {2: (), 3: ("apgd-dlr",)}.get(classes, ("apgd-t",))
    return ("apgd-ce", *dlr, "fab-t", "square")


def _ensemble(model: nn.Module, x: Tensor, threat: ThreatModel, classes: int, seed: int) -> Any:
    ensemble = pyautoattack.AutoAttack(
        _in_single_precision(model, x.dtype), norm=_NORMS[threat.norm], eps=threat.eps, seed=seed, device=x.device
    )
    ensemble.attacks_to_run = list(component_attacks(classes))
    for part in (ensemble.apgd_targeted, ensemble.fab):
        part.n_target_classes = min(part.n_target_classes, classes - 1)
    return ensemble


def _in_single_precision(model: nn.Module, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """Wrap the model for the package, which works in float32 and writes into the logits that it is given."""

    def predict(x: Tensor) -> Tensor:
        logits: Tensor = model(x.to(dtype))
        return logits.to(torch.float32, copy=True)

    return predict


@contextmanager
def _contained(x: Tensor) -> Iterator[None]:
    """Keep the package's hands off what is global: the random state, the log, and the interpreter's trace function."""
    log, trace = logging.getLogger("auto-attack"), sys.gettrace()
    disabled, log.disabled = log.disabled, True
    try:
        with torch.random.fork_rng([x.device] if x.is_cuda else []):
            yield
    finally:
        log.disabled = disabled
        sys.settrace(trace)
