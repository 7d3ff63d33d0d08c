"""What an attack must do for its numbers to be believed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.evaluation.attacks import Attack, MinimumAttack
from dsrna.registry import Record
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel, inside

EPS: Final = {math.inf: 0.075, 2.0: 0.45, 1.0: 1.2}
IMAGES: Final = 6
CLASSES: Final = 4
FEWER: Final = (3, 2)


@dataclass(frozen=True)
class Problem:
    """A small network, images in [0, 1], and labels."""

    model: nn.Sequential
    x: Tensor
    y: Tensor


def check_attack(record: Record[Attack]) -> None:
    """Raise ``AssertionError`` where a registered attack breaks a promise of ``AttackFunction``.

    It is tried under each norm that it knows, and under the first of them on models of three and of two classes; a
    slow one under the first norm only.
    """
    attack, first = record.value, record.value.norms[0]
    _check_threat(attack, ThreatModel(EPS[first], first), CLASSES)
    if not attack.slow:
        for norm in attack.norms[1:]:
            _check_threat(attack, ThreatModel(EPS[norm], norm), CLASSES)
        for classes in FEWER:
            _check_threat(attack, ThreatModel(EPS[first], first), classes)


def check_minimum_attack(attack: MinimumAttack) -> None:
    """Raise ``AssertionError`` where a minimum-norm attack breaks a promise of ``MinimumAttack``."""
    for classes in (CLASSES, *FEWER):
        problem = small_problem(torch.Generator().manual_seed(5), classes)
        wrong = replace(problem, y=(problem.y + torch.tensor([0, 1]).repeat(IMAGES // 2)) % classes)
        found = _unharmed(wrong, partial(attack, wrong.model, wrong.x, wrong.y))
        _check_kind(found, wrong.x)
        moved = (found != wrong.x).flatten(1).any(dim=1)
        assert not moved[1::2].any(), "an image that is wrong to begin with comes back as it was"
        assert moved.any(), "an image of a network without robustness falls somewhere"
        assert not _right(wrong.model, found, wrong.y)[moved].any(), "an image that was moved is misclassified"
        assert torch.equal(found, attack(wrong.model, wrong.x, wrong.y)), "the same call gives the same images"
        alone = attack(wrong.model, wrong.x[:1], wrong.y[:1])
        assert torch.allclose(alone, found[:1], atol=1e-3), "an image's result does not depend on the rest of its batch"


def _check_threat(attack: Attack, threat: ThreatModel, classes: int) -> None:
    problem = small_problem(torch.Generator().manual_seed(5), classes)
    assert torch.equal(_run(attack, problem, replace(threat, eps=0.0)), problem.x), "with eps 0 nothing moves"
    found = _unharmed(problem, partial(_run, attack, problem, threat))
    _check_kind(found, problem.x)
    assert inside(found, problem.x, threat).all(), "adversarial images lie in the ball and in [0, 1]"
    assert attack.slow or torch.equal(found, _run(attack, problem, threat)), "the same call gives the same images"
    stands = _right(problem.model, found, problem.y)
    assert not stands.all(), "an eps this large fells one of the images at least"
    for one in {int(stands.int().argmin())} | (set() if attack.slow else {int(stands.int().argmax())}):
        alone = replace(problem, x=problem.x[one : one + 1], y=problem.y[one : one + 1])
        fate = _right(alone.model, _run(attack, alone, threat), alone.y)
        assert fate == stands[one], "an image's fate does not depend on the rest of its batch"


def small_problem(generator: torch.Generator, classes: int = CLASSES) -> Problem:
    """Return a network with batch norm and dropout, one layer in eval mode, and images that it has right."""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(4 * 6 * 6, classes),
    )
    _draw(model, generator)
    x = torch.rand(IMAGES, 1, 6, 6, generator=generator)
    y = model.eval()(x).argmax(dim=1)
    model.train()
    model[1].eval()
    return Problem(model, x, y)


@torch.no_grad()
def _draw(model: nn.Module, generator: torch.Generator) -> None:
    for parameter in model.parameters():
        parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))


def _run(attack: Attack, problem: Problem, threat: ThreatModel) -> Tensor:
    return attack.run(problem.model, problem.x, problem.y, eps=threat.eps, norm=threat.norm, seed=1)


def _unharmed(problem: Problem, run: Callable[[], Tensor]) -> Tensor:
    next(problem.model.parameters()).requires_grad_(False)
    before, images, random_state = _state(problem.model), problem.x.clone(), torch.get_rng_state()
    found = run()
    assert _state(problem.model) == before, (
        "modes, requires_grad flags, gradients, weights are handed back as they came"
    )
    assert torch.equal(problem.x, images), "the images that were given are not written to"
    assert torch.equal(torch.get_rng_state(), random_state), "the global random state is left alone"
    return found


def _state(model: nn.Module) -> list[object]:
    modes = [module.training for module in model.modules()]
    flags = [(parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    return [*modes, *flags, *(value.tolist() for value in model.state_dict().values())]


def _check_kind(found: Tensor, x: Tensor) -> None:
    assert found.shape == x.shape, "as many images as were given, of their shape"
    assert found.dtype == x.dtype, "adversarial images have the type of the images"
    assert not found.requires_grad, "adversarial images carry no gradient history"
    assert ((found >= 0) & (found <= 1)).all(), "adversarial images lie in [0, 1]"


@torch.no_grad()
def _right(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    with evaluating(model):
        logits: Tensor = model(x)
    return logits.argmax(dim=1) == y
