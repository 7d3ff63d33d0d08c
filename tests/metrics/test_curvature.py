"""Curvature against a slow plain version and central differences."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.metrics import METRICS
from dsrna.search import SearchSettings
from dsrna.threat import Norm, ThreatModel

STEP = 0.4
THREAT = ThreatModel(STEP, Norm(2.0))


def problem() -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 4)).double()
    return model, torch.rand(5, 1, 4, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])


def slope(model: nn.Module, image: Tensor, label: Tensor) -> Tensor:
    leaf = image.clone().requires_grad_(True)
    return torch.autograd.grad(F.cross_entropy(model(leaf[None]), label[None]), leaf)[0]


def plain(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The term of AdvRush's released program, without its factor, one image after another."""
    found = []
    for image, label in zip(x, y, strict=True):
        here = slope(model, image, label)
        step = STEP * here.sign() / here.sign().norm()
        found.append(-(slope(model, image + step, label) - here).square().sum().sqrt())
    return torch.stack(found)


def curvature(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return METRICS["curvature"](model, x, y, threat=THREAT)


def test_it_is_the_plain_version() -> None:
    """Else ``advrush`` lessens something else than what was published."""
    model, x, y = problem()
    torch.testing.assert_close(curvature(model, x, y), plain(model, x, y))


def test_its_gradient_is_that_of_central_differences() -> None:
    """Else the search moves the architecture in a direction that does not lessen curvature."""
    model, x, y = problem()
    bias = model[0].bias  # type: ignore[index]
    assert isinstance(bias, nn.Parameter)
    (found,) = torch.autograd.grad(curvature(model, x, y).sum(), bias)
    for place in range(len(bias)):
        sides = []
        for sign in (1e-5, -1e-5):
            with torch.no_grad():
                bias[place] += sign
            sides.append(float(plain(model, x, y).sum()))
            with torch.no_grad():
                bias[place] -= sign
        assert abs(float(found[place]) - (sides[0] - sides[1]) / 2e-5) < 1e-6 * (1 + abs(float(found[place])))


def test_a_search_takes_the_published_step() -> None:
    """Else the step is that of an attack, over which the gradient hardly turns, and ``advrush`` is ``darts``."""
    assert SearchSettings(method="advrush").threat("curvature") == THREAT


class Blind(nn.Module):
    """A model that does not look at its images."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.ones(len(x), 4, dtype=x.dtype)


def test_black_images_and_a_blind_model_have_none() -> None:
    """Else a black image is a number that is none, and a network that ignores its images a traceback."""
    model, x, y = problem()
    assert curvature(model, torch.zeros_like(x), y).isfinite().all()
    torch.testing.assert_close(curvature(Blind(), x, y), torch.zeros(5, dtype=torch.float64))
