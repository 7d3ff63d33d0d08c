"""What a training must do for the loop to rely on it."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.registry import Record
from dsrna.testing.attacks import CLASSES, Problem, small_problem
from dsrna.training import Moment, Training, TrainingSettings

SETTINGS: Final = TrainingSettings(epochs=1, steps=3)
STEPS: Final = 20
PROGRESS: Final = (0.0, 0.4, 0.99)

Run = Callable[[Problem], tuple[Tensor, Tensor]]


def check_training(record: Record[Training]) -> None:
    """Raise ``AssertionError`` where a registered training breaks a promise of ``Training``."""
    settings = replace(SETTINGS, method=record.name)
    for progress in PROGRESS:
        training = partial(_run, record.value, settings, progress)
        _check_batch(training)
        _check_same_draws_same_loss(training)
        _check_learns(training)


def _problem() -> Problem:
    """A network all in training mode, without dropout, which draws from elsewhere; and labels that it has wrong."""
    problem = small_problem(torch.Generator().manual_seed(5))
    problem.model[4] = nn.Identity()
    problem.model.train()
    return replace(problem, y=(problem.y + 1) % CLASSES)


def _run(training: Training, settings: TrainingSettings, progress: float, problem: Problem) -> tuple[Tensor, Tensor]:
    moment = Moment(torch.Generator().manual_seed(1), progress)
    return training(problem.model, problem.x, problem.y, settings, moment)


def _check_batch(training: Run) -> None:
    problem = _problem()
    images, random_state = problem.x.clone(), torch.get_rng_state()
    loss, logits = training(problem)
    assert loss.shape == (), "the loss is one number"
    assert math.isfinite(loss.item()), "the loss is finite"
    assert logits.shape == (len(problem.y), CLASSES), "there is a row of logits for each image"
    assert torch.equal(problem.x, images), "the images that were given are not written to"
    assert torch.equal(torch.get_rng_state(), random_state), "random numbers come from the generator alone"
    assert all(module.training for module in problem.model.modules()), "the model goes back in training mode"
    assert all(p.grad is None for p in problem.model.parameters()), "the gradients are the loop's to take"


def _check_same_draws_same_loss(training: Run) -> None:
    (first, _), (second, _) = (training(_problem()) for _ in range(2))
    assert torch.equal(first, second), "the same generator gives the same loss"


def _check_learns(training: Run) -> None:
    problem = _problem()
    optimizer = torch.optim.SGD(problem.model.parameters(), lr=0.05)
    first = training(problem)[0].item()
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.autograd.backward(training(problem)[0])
        optimizer.step()
    assert training(problem)[0].item() < first, "descending the loss lowers it"
