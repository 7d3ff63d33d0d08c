"""Ascent against problems whose solution is known."""

import math

import pytest
import torch
from torch import nn

from dsrna.threat import ThreatModel, ascend, cross_entropy, inside


@pytest.mark.parametrize(("norm", "dual"), [(math.inf, 1.0), (2.0, 2.0), (1.0, math.inf)])
def test_a_linear_objective_rises_by_eps_times_the_dual_norm(norm: float, dual: float) -> None:
    """Else ascent does not reach the optimum in the one case where it is known in closed form."""
    weights = torch.tensor([0.5, -2.0, 1.0, 0.25])
    x = torch.full((1, 4), 0.5)
    top = ascend(lambda z: z @ weights, x, ThreatModel(0.3, norm), steps=20, step_size=0.05, start=x)
    rise = ((top - x) @ weights).item()
    assert rise == pytest.approx(0.3 * torch.linalg.vector_norm(weights, ord=dual).item(), abs=1e-5)


@pytest.mark.parametrize(
    ("norm", "optimum"),
    [(math.inf, [1.0, 0.2, 0.8]), (2.0, [1.0, 0.5 - math.sqrt(0.08 / 2), 0.5 + math.sqrt(0.08 / 2)])],
)
def test_the_box_is_part_of_the_problem(norm: float, optimum: list[float]) -> None:
    """Else budget is wasted on a pixel that is at the face of the box already."""
    x = torch.tensor([[0.9, 0.5, 0.5]])
    weights = torch.tensor([5.0, -1.0, 1.0])
    top = ascend(lambda z: z @ weights, x, ThreatModel(0.3, norm), steps=200, step_size=0.02, start=x)
    assert torch.allclose(top, torch.tensor([optimum]), atol=2e-3)


def test_a_full_pixel_passes_its_step_to_the_next() -> None:
    """Else L1 ascent, which moves the steepest pixels only, stops for good at the face of the box."""
    x = torch.tensor([[0.9, 0.5, 0.5]])
    weights = torch.tensor([5.0, -2.0, 1.0])
    top = ascend(lambda z: z @ weights, x, ThreatModel(0.3, 1.0), steps=100, step_size=0.01, start=x)
    assert torch.allclose(top, torch.tensor([[1.0, 0.3, 0.5]]), atol=0.02)


def test_ascent_of_a_network_that_ignores_its_input_stays() -> None:
    """Else a collapsed architecture makes an attack crash instead of showing as what it is."""
    x = torch.full((2, 3), 0.5)
    top = ascend(lambda _: torch.zeros(2), x, ThreatModel(0.1), steps=3, step_size=0.1, start=x)
    assert torch.equal(top, x)


def test_ascent_leaves_no_gradients_behind() -> None:
    """Else adversarial training would add the attack's gradients to the training step's."""
    model, x = nn.Linear(4, 3), torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    objective = cross_entropy(model, torch.tensor([0, 1, 2, 0, 1]))
    with torch.no_grad():
        top = ascend(objective, x, ThreatModel(0.1), steps=3, step_size=0.05, start=x)
    assert inside(top, x, ThreatModel(0.1)).all()
    assert (objective(top) > objective(x)).all()
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not x.requires_grad
    assert not top.requires_grad
