"""Certified training: what its loss bounds, and that it makes certificates."""

import math
from copy import deepcopy
from dataclasses import replace
from typing import Literal

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from training_cases import Network, digits, learn

from dsrna.bounds import held, margin_bound, observing, worst_cross_entropy
from dsrna.spaces import Genotype
from dsrna.threat import Eps, Norm, random_start
from dsrna.training import CertifiedSettings, Moment, TrainingSettings, certified, standard

WHOLE = TrainingSettings("certified", eps=Eps(4 / 255), certified=CertifiedSettings(clean=0.0, ramp=0.0))
CELLS = Genotype(
    normal=(("dil_conv_3x3", 0), ("sep_conv_5x5", 1)),
    normal_concat=(2,),
    reduce=(("max_pool_3x3", 0), ("avg_pool_3x3", 1)),
    reduce_concat=(2,),
)


def batch(count: int = 24) -> tuple[Tensor, Tensor]:
    return digits().train.read(torch.arange(count)), digits().train.labels[:count]


def loss(model: nn.Module, settings: TrainingSettings, progress: float = 0.5) -> Tensor:
    return certified(model, *batch(), settings, Moment(torch.Generator().manual_seed(0), progress))[0]


def with_certified(**changes: object) -> TrainingSettings:
    return replace(WHOLE, certified=replace(WHOLE.certified, **changes))  # type: ignore[arg-type]


def plain_network() -> nn.Module:
    """No dropout: it draws from elsewhere."""
    model = Network()
    model.dropout = nn.Identity()  # type: ignore[assignment]
    return model.train()


def proven(model: nn.Module, eps: float) -> float:
    x, y = digits().test.read(torch.arange(len(digits().test))), digits().test.labels
    return (margin_bound(model, x, y, eps, method="interval").min(dim=1).values > 0).float().mean().item()


def test_it_makes_certificates() -> None:
    """Else certified training costs three times a plain one for nothing."""
    plain, bounded = Network(), Network()
    for model, method in ((plain, "standard"), (bounded, "certified")):
        learn(model, TrainingSettings(method, epochs=15, batch_size=32, learning_rate=0.05, eps=Eps(16 / 255)))
    assert proven(bounded, 16 / 255) > proven(plain, 16 / 255) + 0.2


@pytest.mark.parametrize("norm", [math.inf, 2.0, 1.0])
def test_the_loss_is_above_that_of_every_image_in_the_ball(norm: float) -> None:
    """Else what is driven down is not a bound, and nothing is certified."""
    model, (x, y) = plain_network(), batch()
    settings = replace(WHOLE, norm=Norm(norm), eps=Eps(0.03 if norm == math.inf else 0.3))
    with observing(model) as statistics:
        model(x)
    tensors = held(model, statistics)
    starts = [random_start(x, settings.threat, seed) for seed in range(20)]
    found = [F.cross_entropy(functional_call(model.eval(), tensors, (start,)), y).item() for start in starts]
    model.train()
    assert loss(model, settings).item() >= max(found) - 1e-5


def test_the_worst_cross_entropy_is_the_cross_entropy_of_a_point() -> None:
    """Else the loss of exact margins is not the loss."""
    logits, y = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2, 3, 0, 1])
    others = torch.stack([torch.cat([row[:label], row[label + 1 :]]) for row, label in zip(logits, y, strict=True)])
    margins = logits.gather(1, y[:, None]) - others
    assert torch.allclose(worst_cross_entropy(margins), F.cross_entropy(logits, y, reduction="none"), atol=1e-6)


def test_a_clean_beginning_is_standard_training() -> None:
    """Else bounds of random weights, which mean nothing, are descended from the first step."""
    settings = with_certified(clean=0.3)
    model = plain_network()
    expected, _ = standard(deepcopy(model), *batch(), settings, Moment(torch.Generator(), 0.0))
    assert torch.equal(loss(model, settings, progress=0.29), expected)
    assert loss(model, settings, progress=0.31).item() > expected.item()


def test_the_bound_weighs_as_it_is_told() -> None:
    """Else clean accuracy is traded for certificates at another rate than the recipe says."""
    bound = loss(plain_network(), WHOLE).item()
    clean = standard(plain_network(), *batch(), WHOLE, Moment(torch.Generator(), 0.0))[0].item()
    mixed = loss(plain_network(), with_certified(weight=0.25)).item()
    assert mixed == pytest.approx(0.75 * clean + 0.25 * bound, rel=1e-5)


def test_beside_adversarial_images_the_loss_is_higher() -> None:
    """Else the mixed loss of MTL-IBP is that of clean images."""
    clean, adversarial = (
        loss(plain_network(), with_certified(weight=0.01, beside=b)) for b in ("clean", "adversarial")
    )
    assert adversarial > clean


@pytest.mark.parametrize("norm", [math.inf, 2.0])
def test_a_small_box_costs_less_than_the_whole_ball_and_more_than_its_centre(norm: float) -> None:
    """Else the small box is not inside the ball, or is no box."""
    settings = replace(WHOLE, norm=Norm(norm), eps=Eps(0.05 if norm == math.inf else 0.5))
    small, tiny = (replace(settings, certified=replace(settings.certified, box=box)) for box in (0.2, 1e-6))
    values = [loss(plain_network(), each).item() for each in (tiny, small, settings)]
    assert values == sorted(values)
    assert values[0] < values[-1]


@pytest.mark.parametrize("beside", ["clean", "adversarial"])
def test_cells_with_every_kind_of_layer_learn_from_their_bound(beside: Literal["clean", "adversarial"]) -> None:
    """Else certified training is for plain networks only: dilated, depthwise, pools, batch norm."""
    model = CELLS.build(cells=3, channels=4, classes=10, in_channels=1).train()
    settings = replace(WHOLE, eps=Eps(1 / 255), steps=2, certified=replace(WHOLE.certified, weight=0.5, beside=beside))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    first = loss(model, settings).item()
    for _ in range(15):
        optimizer.zero_grad()
        torch.autograd.backward(loss(model, settings))
        optimizer.step()
    assert loss(model, settings).item() < first / 2
