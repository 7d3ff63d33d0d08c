"""The loss of a supernet that is trained for certificates."""

import copy
import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsrna.bounds import margin_bound, traces_kept
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings
from dsrna.search.gradients import gradient
from dsrna.search.loss import CertifiedLossSettings, mixed_loss
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet
from dsrna.threat import Eps, ThreatModel, random_start

EPS = 1e-4
CERTIFIED = CertifiedLossSettings(eps=Eps(EPS), weight=0.3, images=5)
SETTINGS = SearchSettings(method="dsrna-radius", epochs=4, warmup_epochs=2, bound_batch=2, certified=CERTIFIED)


def make_supernet() -> Supernet:
    space = SpaceSettings(cells=2, channels=4, nodes=1, partial_channels=2)
    with initialising(0):
        return Supernet(space, classes=3, in_channels=1, generator=generator(1)).double().train()


def batch() -> tuple[Tensor, Tensor]:
    return torch.rand(8, 1, 5, 5, generator=generator(2), dtype=torch.float64), torch.arange(8) % 3


def holding(supernet: nn.Module, x: Tensor) -> nn.Module:
    """The supernet in evaluation mode, the batch's statistics written into its norms by hand, one after the other."""
    held = copy.deepcopy(supernet).eval()

    def write(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(norm, nn.BatchNorm2d)
        norm.running_mean = inputs[0].mean(dim=(0, 2, 3)).detach()
        norm.running_var = inputs[0].var(dim=(0, 2, 3), correction=0).detach()

    norms = [module for module in held.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(write) for norm in norms]
    with torch.no_grad():
        held(x)
    for hook in hooks:
        hook.remove()
    return held


def test_the_loss_is_that_of_the_worst_logits_beside_the_clean_one() -> None:
    """If this fails, the supernet is not trained for certificates, or for those of another network."""
    supernet, (x, y) = make_supernet(), batch()
    found, logits = mixed_loss(supernet, x, y, CERTIFIED, EPS)
    held = holding(supernet, x)
    torch.testing.assert_close(held(x), logits)
    each = []
    for index, label in enumerate(y[:5].tolist()):
        image, others = x[index : index + 1], [torch.tensor([other]) for other in range(3) if other != label]
        bounds = [margin_bound(held, image, y[index : index + 1], EPS, method="interval", targets=t) for t in others]
        each.append(math.log(1 + sum(math.exp(-bound.item()) for bound in bounds)))
    assert found.item() == pytest.approx(0.7 * F.cross_entropy(logits, y).item() + 0.3 * sum(each) / 5)
    worst = max(F.cross_entropy(held(moved[:5]), y[:5]).item() for moved in starts(x))
    assert found.item() >= 0.7 * F.cross_entropy(logits, y).item() + 0.3 * worst


def starts(x: Tensor) -> list[Tensor]:
    return [random_start(x, ThreatModel(EPS), seed) for seed in range(10)]


def test_its_gradient_is_that_of_a_finite_difference() -> None:
    """If this fails, a gradient goes past the batch's statistics, and weights run away."""
    supernet, (x, y) = make_supernet(), batch()
    everything: list[Tensor] = list(supernet.parameters())
    settings = replace(CERTIFIED, weight=1.0)
    slopes = gradient(mixed_loss(supernet, x, y, settings, EPS)[0], everything)
    directions = [torch.randn(part.shape, generator=generator(4), dtype=torch.float64) for part in everything]
    sides = []
    for step in (1e-7, -2e-7):
        with torch.no_grad():
            torch._foreach_add_(everything, directions, alpha=step)
        sides.append(mixed_loss(supernet, x, y, settings, EPS)[0].item())
    expected = (sides[0] - sides[1]) / 2e-7
    found = sum(float((slope * along).sum()) for slope, along in zip(slopes, directions, strict=True))
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_kept_trace_changes_nothing() -> None:
    """If this fails, from the second step on a supernet is trained on the bound of its first weights."""
    supernet, (x, y) = make_supernet(), batch()
    losses = []
    for keeps in (False, True):
        supernet.load_state_dict(make_supernet().state_dict())
        with traces_kept() if keeps else torch.enable_grad():
            levels = Bilevel.make(supernet, SETTINGS, "certified")
            losses.append([levels.weights_step((x, y), Moment(0.5, generator(3)))[0] for _ in range(3)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert losses[0][0] != losses[0][2]


@pytest.mark.parametrize(("share", "eps"), [(0.0, 0.0), (0.25, EPS / 2), (0.5, EPS), (0.75, EPS)])
def test_both_levels_descend_it_at_the_eps_of_the_moment(share: float, eps: float) -> None:
    """If this fails, under the goal certified weights are trained plainly, or meet the whole ball at once."""
    supernet, (x, y) = make_supernet(), batch()
    expected = mixed_loss(supernet, x, y, CERTIFIED, eps)[0].item()
    levels = Bilevel.make(make_supernet(), SETTINGS, "certified")
    levels.architecture_step((x, y), (x, y), Moment(share, generator(3)))
    assert levels.upper.steps[0].loss == pytest.approx(expected)
    levels = Bilevel.make(make_supernet(), SETTINGS, "certified")
    assert levels.weights_step((x, y), Moment(share, generator(3)))[0] == pytest.approx(expected)


def test_other_goals_are_trained_plainly() -> None:
    """If this fails, every search pays for bounds."""
    levels, (x, y) = Bilevel.make(make_supernet(), SETTINGS, "standard"), batch()
    expected = F.cross_entropy(make_supernet()(x), y).item()
    assert levels.weights_step((x, y), Moment(0.9, generator(3)))[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"weight": 0.0}, "weight"),
        ({"images": 0}, "images"),
        ({"bound": "alpha-crown"}, "no gradient"),
        ({"eps": 3.0}, "eps"),
    ],
)
def test_settings_without_sense_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a supernet is trained on a bound without a gradient, or on none."""
    with pytest.raises(UserError, match=reason):
        replace(CERTIFIED, **change)  # type: ignore[arg-type]
