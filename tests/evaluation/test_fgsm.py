"""FGSM against its own definition."""

import math

import pytest
import torch
import torch.nn.functional as F
from evaluation_cases import LINEAR

from dsrna.evaluation import fgsm
from dsrna.testing.attacks import small_problem


def test_it_is_one_signed_step_cut_to_the_box() -> None:
    """Else what is reported as FGSM is not the attack of Goodfellow et al."""
    problem = small_problem(torch.Generator().manual_seed(3))
    leaf = problem.x.clone().requires_grad_()
    model = problem.model.eval()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model(leaf), problem.y, reduction="sum"), leaf)
    expected = (problem.x + 8 / 255 * gradient.sign()).clamp(0, 1)
    found = fgsm(model.train(), problem.x, problem.y, eps=8 / 255)
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("norm", "expected"), [(math.inf, 0.3 * 3.75), (2.0, 0.3 * 5.3125**0.5), (1.0, 0.3 * 2.0)])
def test_a_linear_model_loses_eps_times_the_dual_norm(norm: float, expected: float) -> None:
    """Else FGSM under L1 or L2 is not a steepest step of its norm."""
    x, y = torch.full((1, 1, 2, 2), 0.5), torch.tensor([1])
    found = fgsm(LINEAR, x, y, eps=0.3, norm=norm)
    assert (LINEAR(x) - LINEAR(found))[0, 1].item() == pytest.approx(expected, abs=1e-5)
