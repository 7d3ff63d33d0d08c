"""First weights for interval bounds."""

import pytest
import torch
from torch import Tensor, nn
from training_cases import Network, learn

from dsrna.bounds import output_bounds
from dsrna.threat import Eps
from dsrna.training import CertifiedSettings, TrainingSettings
from dsrna.training.initialisation import initialise


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(400, 3000), (400,)),
        (nn.Conv2d(32, 400, 3), (32, 5, 5)),
        (nn.Conv2d(1200, 1200, 5, groups=1200), (1200, 5, 5)),
        (nn.Conv2d(64, 2000, 1), (64, 2, 2)),
    ],
)
def test_a_product_doubles_a_radius_whatever_its_size(layer: nn.Module, shape: tuple[int, ...]) -> None:
    """Else intervals explode with depth before the first step, as under the usual variances."""
    initialise(layer, seeded())
    x = torch.full((1, *shape), 0.5)
    lower, upper = output_bounds(nn.Sequential(layer, nn.Flatten()), x, 0.1, method="interval")
    assert (upper - lower).mean().item() / 0.2 == pytest.approx(2, rel=0.05)


def weights_after(settings: TrainingSettings) -> tuple[Tensor, Tensor]:
    """First and last weights of a training so short and slow that it changes nothing."""
    model = Network()
    before = model.classifier.weight.detach().clone()
    learn(model, settings)
    return before, model.classifier.weight.detach()


@pytest.mark.parametrize(
    ("method", "wanted", "drawn"), [("certified", True, True), ("certified", False, False), ("pgd", True, False)]
)
def test_only_certified_training_draws_anew(method: str, wanted: bool, drawn: bool) -> None:
    """Else the weights that somebody chose are thrown away, or those that bounds need are never drawn."""
    still = TrainingSettings(
        method, epochs=1, learning_rate=1e-12, eps=Eps(0.0), certified=CertifiedSettings(initialise=wanted)
    )
    before, after = weights_after(still)
    assert torch.allclose(before, after, atol=1e-6) != drawn
