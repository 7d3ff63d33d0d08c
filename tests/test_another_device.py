"""What steps, attacks and certifies, on a device of its own: nothing of it may be left on the CPU."""

import math
from contextlib import nullcontext
from functools import partial
from typing import Final

import pytest
import torch
from torch import Tensor, nn

from another_device import NAME, Far, another_device, far, moved
from dsrna.bounds import METHODS as BOUNDS
from dsrna.data import Augmentation, TensorImages
from dsrna.evaluation import CORRUPTIONS, AttackSettings, CertifySettings, attack, certify
from dsrna.evaluation.attacks import carlini_wagner, ddn, pgd, square
from dsrna.evaluation.smoothing_settings import SmoothingSettings
from dsrna.metrics import METRICS, MetricOptions
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import METHODS, SearchSettings, search, stability
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SPACES, NetworkSettings, Searchable, Sizes, SpaceSettings
from dsrna.threat import Eps, Norm, ThreatModel
from dsrna.training import TRAININGS, CertifiedSettings, TrainingSettings, train
from dsrna.training import Moment as TrainingMoment

SHAPE: Final = (1, 4, 4)
SEARCHES: Final = [
    (space, name, goal)
    for space in SPACES.names()
    for name in METHODS.names()
    for goal in ("standard", "adversarial", "certified")
    if METHODS[name].searches
    and (goal == "standard" or METHODS[name].under(goal) != METHODS[name].under("standard"))
    and (space == "darts" or not METHODS[name].draws)
]


def make_images(count: int = 4, side: int = 4) -> tuple[Tensor, Tensor]:
    return torch.rand(count, 1, side, side, generator=generator(2)), torch.arange(count) % 3


def make_supernet(space: str) -> tuple[Searchable, Sizes]:
    cells, nodes, partial = (2, 1, 2) if space == "darts" else (3, 4, 1)
    operations = SPACES[space].operations
    settings = SpaceSettings(
        name=space, cells=cells, channels=4, nodes=nodes, partial_channels=partial, operations=operations
    )
    with initialising(0):
        supernet = SPACES[space].supernet(settings, classes=3, in_channels=1, generator=generator(1))
    return supernet, SPACES[space].sizes(settings, NetworkSettings(cells=3, channels=4), 3, SHAPE)


def make_network() -> nn.Module:
    with initialising(0):
        return nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()),
            *(nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(16, 3)),
        )


def test_tensors_of_two_devices_are_told() -> None:
    """If this fails, none of the tests below can."""
    with another_device():
        x = far(torch.ones(2))
        assert (x + x.new_ones(2) + torch.zeros(2, device=x.device) + 1).tolist() == [3.0, 3.0]
        assert type((x * 2).cpu()) is Tensor
        with pytest.raises(RuntimeError, match="tensors of two devices"):
            x + torch.ones(2)
        with pytest.raises(RuntimeError, match="tensors of two devices"):
            torch.stack([x.sum(), torch.ones(())])


@pytest.mark.parametrize(("space", "method", "goal"), SEARCHES)
def test_both_steps_of_a_search(space: str, method: str, goal: str) -> None:
    """If this fails, a search ends in a traceback on a GPU."""
    supernet, sizes = make_supernet(space)
    settings = SearchSettings(method=method, metric_batch=2, bound_batch=2, batch_size=4, metric=MetricOptions(steps=2))
    with another_device():
        levels, moment = Bilevel.make(moved(supernet), settings, goal, sizes), Moment(0.9, generator(4))
        batch = (far(make_images()[0]), far(make_images()[1]))
        levels.weights_step(batch, moment)
        levels.architecture_step(batch, batch, moment, probe=True)
        assert levels.capacity is not None
        assert all(math.isfinite(size.expected) for size in levels.capacity.state(supernet).values())
    assert all(isinstance(parameter, Far) for parameter in supernet.architecture_parameters())


@pytest.mark.parametrize("space", SPACES.names())
def test_second_order_and_what_is_watched(space: str) -> None:
    """If this fails, these options end a search in a traceback on a GPU."""
    supernet, sizes = make_supernet(space)
    with another_device():
        levels = Bilevel.make(moved(supernet), SearchSettings(method="darts", order=2, batch_size=4), sizes=sizes)
        images = TensorImages(far(make_images()[0]), far(make_images()[1]))
        batch, moment = (images.read(torch.arange(4)), images.labels), Moment(0.5, generator(4))
        levels.architecture_step(batch, batch, moment)
        assert levels.capacity is not None
        assert stability.eigenvalue(levels, images, seed=0, share=0.5) is not None
        assert -1 <= stability.gap(supernet, levels.capacity.choice(supernet), images, 4) <= 1


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric(name: str) -> None:
    """If this fails, it cannot be taken of a model on a GPU."""
    with another_device():
        x, y = map(far, make_images())
        found = METRICS[name](moved(make_network()).eval(), x, y, threat=ThreatModel(0.1), options=MetricOptions())
        torch.autograd.grad(found.sum(), [x.requires_grad_()] if found.grad_fn is None else [found])
        assert found.shape == (4,)


@pytest.mark.parametrize("name", TRAININGS.names())
def test_a_training_step(name: str) -> None:
    """If this fails, it ends in a traceback on a GPU."""
    settings = TrainingSettings(name, epochs=1, steps=2, certified=CertifiedSettings(box=0.5))
    with another_device():
        x, y = map(far, make_images())
        model = moved(make_network()).train()
        loss, _ = TRAININGS[name](model, x, y, settings, TrainingMoment(generator(1), 0.9))
        torch.autograd.grad(loss, list(model.parameters()))
        assert math.isfinite(loss.item())


@pytest.mark.parametrize("name", ["fgsm", "pgd-10", "noise"])
def test_an_attack_with_its_checks(name: str) -> None:
    """If this fails, it ends in a traceback on a GPU."""
    corruptions = tuple(CORRUPTIONS.names()) if name == "noise" else ()
    few = AttackSettings(attacks=(name,), eps=(Eps(0.3),), corruptions=corruptions, sanity=2)
    with another_device():
        images = TensorImages(*map(far, make_images(2, side=6)))
        result, _, _ = attack(moved(make_network()).eval(), images, few, seed=0, reporter=Silent())
        assert result.clean.total == 2


ATTACKS = {
    "cw": partial(carlini_wagner, steps=3, searches=2),
    "ddn": partial(ddn, steps=3),
    **{f"pgd, L{norm:g}": partial(pgd, eps=0.1, norm=norm, steps=2, restarts=2) for norm in (1.0, 2.0, math.inf)},
    **{f"square, L{norm:g}": partial(square, eps=0.1, norm=norm, queries=4) for norm in (2.0, math.inf)},
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_of_few_steps(name: str) -> None:
    """If this fails, it ends in a traceback on a GPU. (AutoAttack is another package's, and takes long.)"""
    with another_device():
        x, y = map(far, make_images(2, side=6))
        assert isinstance(ATTACKS[name](moved(make_network()).eval(), x, y), Far)


@pytest.mark.parametrize("method", [*BOUNDS.names(), "smoothing"])
def test_certificates(method: str) -> None:
    """If this fails, they end in a traceback on a GPU."""
    of_one = {"smoothing": (Norm(2.0),), "alpha-crown": (Norm(math.inf),)}
    norms = of_one.get(method, (Norm(math.inf), Norm(2.0), Norm(1.0)))
    smoothing = SmoothingSettings(n0=4, n=8) if method == "smoothing" else SmoothingSettings()
    settings = CertifySettings(method=method, norm=norms, eps=(Eps(0.01),), smoothing=smoothing)
    with another_device():
        images = TensorImages(*map(far, make_images(2)))
        result, _ = certify(moved(make_network()).eval(), images, settings, reporter=Silent())
        assert len(result.norms) == len(norms)


def test_a_whole_search() -> None:
    """If this fails, what surrounds the steps of a search does not run on a GPU."""
    supernet, sizes = make_supernet("darts")
    settings = SearchSettings(method="dsrna-balanced", epochs=2, warmup_epochs=1, batch_size=2, metric_batch=2)
    with another_device():
        images = TensorImages(*map(far, make_images()))
        changes = Augmentation(pad=1, flip=True, cutout=2, area=0.5)
        found = search(moved(supernet), images, images, settings, augmentation=changes, sizes=sizes)
        assert len(found.history) == 2


def test_a_whole_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, what surrounds the steps of a training does not run on a GPU."""
    monkeypatch.setattr(
        torch, "autocast", lambda *_, **__: nullcontext()
    )  # which knows the devices of this build alone
    settings = TrainingSettings(
        "fast", epochs=2, batch_size=4, holdout=0.3, averaging=0.9, select="best", gradient_clip=1.0, accumulate=2
    )
    with another_device():
        images, model = TensorImages(*map(far, make_images(12, side=6))), moved(make_network())
        trained = train(
            *(model, images, settings),
            augmentation=Augmentation(pad=1, flip=True),
            seed=0,
            checkpoints=Checkpoints(),
            reporter=Silent(),
            device=torch.device(NAME),
        )
        assert len(trained.history) == 2
