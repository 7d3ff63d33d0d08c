"""What an attack must do for its numbers to be believed."""

import math
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.evaluation.attacks import Attack
from dsrna.registry import Record
from dsrna.runtime.modes import evaluating
from dsrna.threat import ThreatModel, inside

THREATS: Final = (ThreatModel(0.05, math.inf), ThreatModel(0.3, 2.0), ThreatModel(0.8, 1.0))
IMAGES: Final = 6
CLASSES: Final = 4


@dataclass(frozen=True)
class Problem:
    """A small network, images in [0, 1], and labels."""

    model: nn.Sequential
    x: Tensor
    y: Tensor


def check_attack(record: Record[Attack]) -> None:
    """Raise ``AssertionError`` where a registered attack breaks a promise of ``AttackFunction``.

    A slow attack is tried under L-inf only.
    """
    attack = record.value
    for threat in THREATS[:1] if attack.slow else THREATS:
        problem = small_problem(torch.Generator().manual_seed(5))
        assert torch.equal(_run(attack, problem, replace(threat, eps=0.0)), problem.x), "with eps 0 nothing moves"
        found = _watched(attack, problem, threat)
        _check_result(found, problem.x, threat)
        _check_fates(attack, problem, threat, stands=_right(problem.model, found, problem.y))


def small_problem(generator: torch.Generator) -> Problem:
    """Return a network with batch norm and dropout, one layer in eval mode, and images that it has right."""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(4 * 6 * 6, CLASSES),
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


def _watched(attack: Attack, problem: Problem, threat: ThreatModel) -> Tensor:
    next(problem.model.parameters()).requires_grad_(False)
    before, images, random_state = _state(problem.model), problem.x.clone(), torch.get_rng_state()
    found = _run(attack, problem, threat)
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


def _check_result(found: Tensor, x: Tensor, threat: ThreatModel) -> None:
    assert found.shape == x.shape, "as many images as were given, of their shape"
    assert found.dtype == x.dtype, "adversarial images have the type of the images"
    assert not found.requires_grad, "adversarial images carry no gradient history"
    assert inside(found, x, threat).all(), "adversarial images lie in the ball and in [0, 1]"


def _check_fates(attack: Attack, problem: Problem, threat: ThreatModel, stands: Tensor) -> None:
    assert not stands.all(), "an eps this large fells one of the images at least"
    for one in (int(stands.int().argmax()), int(stands.int().argmin())):
        alone = replace(problem, x=problem.x[one : one + 1], y=problem.y[one : one + 1])
        fate = _right(alone.model, _run(attack, alone, threat), alone.y)
        assert fate == stands[one], "an image's fate does not depend on the rest of its batch"


@torch.no_grad()
def _right(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    with evaluating(model):
        logits: Tensor = model(x)
    return logits.argmax(dim=1) == y
