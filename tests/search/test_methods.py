"""Each method's objective and gradient against slow, plain versions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dsrna.metrics import METRICS
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import METHODS, SearchSettings
from dsrna.search.examples import AdversarySettings, seen
from dsrna.search.gradients import gradient
from dsrna.search.loss import mixed_loss
from dsrna.search.objective import UpperLevel
from dsrna.search.perturbation import moved, random_moves, worst_moves
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import Searchable, SpaceSettings, Supernet
from dsrna.spaces.nasbench201 import CANDIDATES, Nasbench201Supernet
from dsrna.testing.plain_supernet import PlainSupernet
from dsrna.testing.stacking import stacked_state
from dsrna.threat import inside

SETTINGS = SearchSettings(epochs=3, warmup_epochs=1, batch_size=8, metric_batch=3, bound_batch=3)
PUBLISHED = ("dsrna-cb", "dsrna-jacobian", "dsrna-combined", "advrush", "darts", "pc-darts", "sdarts-rs", "sdarts-adv")


def make_supernet() -> Supernet:
    space = SpaceSettings(cells=1, channels=4, nodes=2)
    with initialising(0):
        return Supernet(space, classes=4, in_channels=1, generator=generator(1)).double()


def batch() -> tuple[Tensor, Tensor]:
    """Images, the first three classified right: an image that is not has no radius, nor a gradient of it."""
    draw = generator(2, "methods")
    x, y = torch.rand(8, 1, 5, 5, generator=draw, dtype=torch.float64), torch.arange(8) % 4
    y[:3] = make_supernet().eval()(x[:3]).argmax(dim=1)
    return x, y


def moment(share: float = 0.5) -> Moment:
    return Moment(share, generator(3))


def upper_gradient(method: str, goal: str = "standard", steps: int = 1) -> tuple[list[Tensor], Bilevel]:
    levels = Bilevel.make(make_supernet(), replace(SETTINGS, method=method), goal)
    architecture = levels.supernet.architecture_parameters()
    for _ in range(steps):
        found = levels.upper.gradients(levels.supernet.train(), batch(), architecture)
    return found, levels


def plain_parts(
    supernet: Searchable, metrics: tuple[str, ...], eps: float = 0.0
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """The gradients of L, of R and of the logits' log scale, one by one."""
    x, y = batch()
    architecture = supernet.architecture_parameters()
    of_metric = [torch.zeros_like(part) for part in architecture]
    for name in metrics:
        for index in range(3):
            one = slice(index, index + 1)
            value = METRICS[name](supernet, x[one], y[one], threat=SETTINGS.threat(name))
            of_metric = [a + b / 3 for a, b in zip(of_metric, gradient(value.sum(), architecture), strict=True)]
    loss, logits = mixed_loss(supernet.train(), x, y, SETTINGS.certified, eps)
    of_loss = gradient(loss, architecture, keep=True)
    of_scale = gradient(logits.std(dim=1).mean().log(), architecture)
    return of_loss, of_metric, of_scale


@pytest.mark.parametrize("method", PUBLISHED)
def test_published_upper_levels_are_loss_minus_gamma_metric(method: str) -> None:
    """If this fails, a method is compared under its name with an objective that is not its own."""
    found, levels = upper_gradient(method)
    of_loss, of_metric, _ = plain_parts(levels.supernet, METHODS[method].metrics)
    expected = [left - 0.01 * right for left, right in zip(of_loss, of_metric, strict=True)]
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["darts", "pc-darts", "dsrna-jacobian"])
def test_the_upper_gradient_is_that_of_the_supernet_edge_by_edge(method: str) -> None:
    """If this fails, a method's architecture gradient is not that of the supernet as it was published."""
    space = SpaceSettings(cells=2, channels=4, nodes=2, partial_channels=2 if method == "pc-darts" else 1)
    with initialising(0):
        plain = PlainSupernet(space, classes=4, in_channels=1, generator=generator(1)).double().train()
        stacked = Supernet(space, classes=4, in_channels=1).double().train()
    stacked.load_state_dict(stacked_state(stacked, plain.state_dict()))
    found, expected = (
        Bilevel.make(each, replace(SETTINGS, method=method)).upper.gradients(
            each, batch(), each.architecture_parameters()
        )
        for each in (stacked, plain)
    )
    assert len(found) == (4 if method == "pc-darts" else 2)
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


OURS = [("dsrna-radius", "standard"), ("dsrna-radius", "certified")]
OURS += [("dsrna-balanced", goal) for goal in ("standard", "adversarial", "certified")]


@pytest.mark.parametrize(("name", "goal"), OURS)
def test_our_forms_are_balanced_and_leave_the_scale_alone(name: str, goal: str) -> None:
    """If this fails, our own form can shrink the logits, or lets R outweigh L."""
    found, levels = upper_gradient(name, goal, steps=2)
    method = METHODS[name].under(goal)
    eps = SETTINGS.certified.eps if method.certifies else 0.0
    of_loss, of_metric, of_scale = plain_parts(levels.supernet, method.metrics, eps)
    left, right, scale = (torch.cat([part.flatten() for part in parts]) for parts in (of_loss, of_metric, of_scale))
    right = right - (right @ scale) / (scale @ scale) * scale
    weight = SETTINGS.balance.ratio * left.norm() / right.norm()
    torch.testing.assert_close(torch.cat([part.flatten() for part in found]), left - weight * right)
    assert abs(float(right @ scale)) < 1e-9 * float(right.norm() * scale.norm()) + 1e-12
    assert levels.upper.steps[-1].weight == pytest.approx(float(weight))


def test_where_none_may_be_found_our_forms_leave_it_to_the_loss() -> None:
    """If this fails, a search in NAS-Bench-201 goes to cells that compute nothing: their Jacobian is least."""
    space = SpaceSettings("nasbench201", cells=3, channels=4, operations=CANDIDATES)
    with initialising(0):
        supernet = Nasbench201Supernet(space, classes=4, in_channels=1, generator=generator(1)).double()
    upper = UpperLevel(replace(SETTINGS, method="dsrna-balanced"))
    (found,) = upper.gradients(supernet.train(), batch(), [supernet.alpha])
    (of_loss,) = gradient(upper.loss(supernet, *batch())[0], [supernet.alpha])
    (of_none,) = gradient(supernet.mixing_weights()[:, CANDIDATES.index("none")].sum(), [supernet.alpha])
    assert not found.equal(of_loss)
    torch.testing.assert_close((found * of_none).sum(dim=1), (of_loss * of_none).sum(dim=1))


@pytest.mark.parametrize("method", ["adversarial", "noise"])
def test_both_levels_see_moved_images(method: str) -> None:
    """If this fails, a robust baseline is trained on clean images."""
    levels = Bilevel.make(make_supernet(), replace(SETTINGS, method=method))
    levels.architecture_step(batch(), batch(), moment())
    noted = levels.upper.steps[0]
    supernet, (x, y) = make_supernet(), batch()
    images = seen(METHODS[method].examples, supernet, (x, y), SETTINGS.adversary, moment().seed())
    loss = F.cross_entropy(supernet.train()(images), y)
    assert noted.loss == pytest.approx(loss.item())
    assert not images.equal(x)


def plain_weight_gradient(moves: dict[str, Tensor]) -> Tensor:
    """The gradient of the classifier's weights where the mixing weights are replaced by hand."""
    supernet = make_supernet().train()
    plain = supernet.mixing_weights

    def replaced(cell: str) -> tuple[Tensor, Tensor | None]:
        return plain(cell)[0] + moves[cell], None

    supernet.mixing_weights = replaced  # type: ignore[method-assign]
    x, y = batch()
    return gradient(F.cross_entropy(supernet(x), y), [supernet.classifier.weight])[0]


@pytest.mark.parametrize(("method", "drawing"), [("sdarts-rs", random_moves), ("sdarts-adv", worst_moves)])
def test_weights_are_trained_under_moved_mixing_weights(method: str, drawing: Callable[..., Any]) -> None:
    """If this fails, SmoothDARTS is DARTS."""
    levels = Bilevel.make(make_supernet(), replace(SETTINGS, method=method, gradient_clip=1e9))
    x, y = batch()
    now = moment()
    now.seed()  # what the images are drawn with
    radius = SETTINGS.perturbation.eps(0.5)
    more: dict[str, Any] = {} if method == "sdarts-rs" else {"x": x, "y": y, "steps": 7}
    moves = drawing(make_supernet().train(), eps=radius, generator=now.generator, **more)
    levels.weights_step((x, y), moment())
    found = dict(levels.supernet.named_parameters())["classifier.weight"].grad
    assert found is not None
    torch.testing.assert_close(found, plain_weight_gradient(moves), rtol=1e-4, atol=1e-6)
    assert not levels.supernet.moves


@pytest.mark.parametrize("eps", [0.0, 0.03, 0.3, 1.0])
def test_moves_stay_near_and_the_worst_are_worse(eps: float) -> None:
    """If this fails, mixing weights turn negative, or the adversary does not attack."""
    supernet, (x, y) = make_supernet(), batch()
    found = random_moves(supernet, eps, generator(0)), worst_moves(supernet, x, y, eps, steps=7, generator=generator(0))
    losses = []
    for moves in found:
        for cell, move in moves.items():
            share = supernet.mixing_weights(cell)[0]
            assert move.abs().max() <= eps + 1e-12
            assert (share + move).min() >= -1e-12
            assert (share + move).max() <= 1 + 1e-12
        with evaluating(supernet), moved(supernet, moves):
            losses.append(F.cross_entropy(supernet(x), y).item())
    assert losses[1] >= losses[0]
    assert (losses[1] > losses[0]) == (eps > 0)


@pytest.mark.parametrize("steps", [1, 5])
def test_adversarial_images_raise_the_loss_inside_the_ball(steps: int) -> None:
    """If this fails, adversarial baselines see images that are easy, or outside of the threat model."""
    supernet, (x, y) = make_supernet(), batch()
    settings = AdversarySettings(steps=steps, step=1.25 if steps == 1 else 0.4)
    images = seen("adversarial", supernet, (x, y), settings, 0)
    noise = seen("noise", supernet, (x, y), settings, 0)
    with evaluating(supernet):
        assert F.cross_entropy(supernet(images), y) > F.cross_entropy(supernet(noise), y)
    for changed in (images, noise):
        assert inside(changed, x, settings.threat).all()


def test_every_method_says_where_it_is_from() -> None:
    """If this fails, ``dsrna list methods`` leaves a reader without a source."""
    assert all(record.summary and record.source for record in METHODS)
    assert {"dsrna-cb", "dsrna-radius", "darts", "pc-darts", "p-darts", "sdarts-rs", "advrush", "noise", "racl"} <= set(
        METHODS.names()
    )
