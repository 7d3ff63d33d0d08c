"""What a training must do for the loop to rely on it."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.registry import Record
from dsrna.testing.attacks import CLASSES, Problem, small_problem
from dsrna.training import Training, TrainingSettings

SETTINGS: Final = TrainingSettings(epochs=1, steps=3)
STEPS: Final = 20


def check_training(record: Record[Training]) -> None:
    """Raise ``AssertionError`` where a registered training breaks a promise of ``Training``."""
    settings = replace(SETTINGS, method=record.name)
    _check_batch(record.value, settings)
    _check_same_draws_same_loss(record.value, settings)
    _check_learns(record.value, settings)


def _problem() -> Problem:
    """A network all in training mode, without dropout, which draws from elsewhere; and labels that it has wrong."""
    problem = small_problem(torch.Generator().manual_seed(5))
    problem.model[4] = nn.Identity()
    problem.model.train()
    return replace(problem, y=(problem.y + 1) % CLASSES)


def _run(training: Training, settings: TrainingSettings, problem: Problem) -> tuple[Tensor, Tensor]:
    return training(problem.model, problem.x, problem.y, settings, torch.Generator().manual_seed(1))


def _check_batch(training: Training, settings: TrainingSettings) -> None:
    problem = _problem()
    images, random_state = problem.x.clone(), torch.get_rng_state()
    loss, logits = _run(training, settings, problem)
    assert loss.shape == (), "the loss is one number"
    assert math.isfinite(loss.item()), "the loss is finite"
    assert logits.shape == (len(problem.y), CLASSES), "there is a row of logits for each image"
    assert torch.equal(problem.x, images), "the images that were given are not written to"
    assert torch.equal(torch.get_rng_state(), random_state), "random numbers come from the generator alone"
    assert all(module.training for module in problem.model.modules()), "the model goes back in training mode"
    assert all(p.grad is None for p in problem.model.parameters()), "the gradients are the loop's to take"


def _check_same_draws_same_loss(training: Training, settings: TrainingSettings) -> None:
    (first, _), (second, _) = (_run(training, settings, _problem()) for _ in range(2))
    assert torch.equal(first, second), "the same generator gives the same loss"


def _check_learns(training: Training, settings: TrainingSettings) -> None:
    problem = _problem()
    optimizer = torch.optim.SGD(problem.model.parameters(), lr=0.05)
    first = _run(training, settings, problem)[0].item()
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.autograd.backward(_run(training, settings, problem)[0])
        optimizer.step()
    assert _run(training, settings, problem)[0].item() < first, "descending the loss lowers it"
