"""What every attack is held to: sensible input, a model handed back as it came, a result inside the ball."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.predictions import logits
from dsrna.runtime.memory_format import fast_format
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel, check_norm, format_norm, inside

Images = Float[Tensor, "batch channels height width"]


@contextmanager
def under_attack(model: nn.Module, x: Images, y: Int64[Tensor, "batch"]) -> Iterator[int]:
    """Check the input, then hold the model in eval mode with its parameters frozen; yield the number of classes.

    Its convolutions lie in memory as is fastest. Afterwards memory format, modes and ``requires_grad`` flags are as
    before, error or not. Images outside [0, 1], labels that are no class of the model's, and a model whose logits are
    not finite, or that changes the images it is given, raise ``UserError``.
    """
    _check_images(x, y)
    with evaluating(model), _frozen(model), fast_format(model, x):
        classes = _classes(model, x)
        if y.min() < 0 or y.max() >= classes:
            raise UserError(f"labels must lie in 0..{classes - 1}, the model's classes, not {y.min()}..{y.max()}")
        yield classes


def check_known_norm(attack: str, norm: float, known: tuple[float, ...]) -> None:
    """Raise ``UserError`` where ``attack`` does not know ``norm``."""
    if norm not in known:
        names = " or ".join(format_norm(each) for each in known)
        raise UserError(
            f"{attack} knows norm {names}, not {format_norm(check_norm(norm))}; change the norm or leave it out"
        )


def verified(adversarial: Images, x: Images, threat: ThreatModel) -> Images:
    """Return ``adversarial`` if it lies in the ball and in [0, 1]; else raise ``RuntimeError``: the attack is wrong."""
    outside = ~inside(adversarial, x, threat)
    if outside.any():
        raise RuntimeError(
            f"{int(outside.sum())} of {len(x)} adversarial images left the L{threat.norm:g} ball of eps {threat.eps:g} "
            f"or [0, 1]; an attack must end with dsrna.threat.project"
        )
    return adversarial


def _check_images(x: Images, y: Int64[Tensor, "batch"]) -> None:
    if not len(x) or len(x) != len(y):
        raise UserError(f"an attack needs images and as many labels, not {len(x)} images and {len(y)} labels")
    if not bool(((x >= 0) & (x <= 1)).all()):
        raise UserError(f"pixels must lie in [0, 1] and be numbers, not {x.min():g}..{x.max():g}")


def _classes(model: nn.Module, x: Images) -> int:
    given = x[:1].clone()
    found = logits(model, given)
    if not torch.equal(given, x[:1]):
        raise UserError("the model changes the images that it is given; let it change a copy of them, x.clone()")
    return found.shape[1]


@contextmanager
def _frozen(model: nn.Module) -> Iterator[None]:
    flags = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    for parameter, _ in flags:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, flag in flags:
            parameter.requires_grad_(flag)
