"""What an epoch of a search says of itself, against slow plain versions of every number."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from shared_searches import Precise
from torch import Tensor, nn

from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchEpoch, SearchSettings, search
from dsrna.search.balance import BalanceSettings
from dsrna.search.steps import Batch, Bilevel
from dsrna.spaces import SpaceSettings, Supernet

GAMMA, RATIO, DECAY, SEEN = 0.3, 0.5, 0.9, 3
CASES = {
    "darts": SearchSettings("darts"),
    "dsrna-jacobian": SearchSettings("dsrna-jacobian", gamma=GAMMA),
    "dsrna-balanced": SearchSettings("dsrna-balanced"),
    "dsrna-balanced, nothing projected out": SearchSettings("dsrna-balanced", balance=BalanceSettings(project=False)),
}
Numbers = dict[str, float]


@dataclass
class Told:
    """What a search has said, and the supernet before each step and after each epoch."""

    rows: Sequence[SearchEpoch] = ()
    after: list[Supernet] = field(default_factory=list)
    weights_steps: list[tuple[Supernet, Batch]] = field(default_factory=list)
    architecture_steps: list[tuple[Supernet, Batch]] = field(default_factory=list)


def make_supernet() -> Supernet:
    with initialising(0):
        space = SpaceSettings(cells=3, channels=2, nodes=1)
        supernet = Supernet(space, classes=3, in_channels=1, generator=generator(1)).double()
    for norm in (module for module in supernet.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.momentum = 0.5  # or after so few steps the statistics are those of the start, and all images look alike
    return supernet


def copied(supernet: Supernet) -> Supernet:
    copy = make_supernet()
    copy.load_state_dict(supernet.state_dict())
    return copy


def make_images(seed: int) -> Precise:
    pixels, labels = torch.rand(20, 1, 4, 4, generator=generator(seed), dtype=torch.float64), torch.arange(20) % 3
    return Precise((pixels + labels[:, None, None, None]) / 3, labels)


@pytest.fixture(scope="module", params=CASES.values(), ids=list(CASES))
def told(request: pytest.FixtureRequest) -> tuple[SearchSettings, Told]:
    """A search of three epochs of two steps, one of them warm-up, that moves far in both levels."""
    supernet, found = make_supernet(), Told()
    settings = replace(
        request.param,
        epochs=3,
        warmup_epochs=1,
        batch_size=8,
        metric_batch=SEEN,
        learning_rate=0.3,
        architecture_learning_rate=0.4,
    )
    with pytest.MonkeyPatch.context() as patch:
        remember(patch, "weights_step", found.weights_steps)
        remember(patch, "architecture_step", found.architecture_steps)
        found.rows = search(
            supernet,
            make_images(2),
            make_images(3),
            settings,
            noted=lambda history: found.after.append(copied(supernet)) if history else None,
        ).history
    return settings, found


def remember(patch: pytest.MonkeyPatch, name: str, steps: list[tuple[Supernet, Batch]]) -> None:
    """Keep the supernet as each step of this name finds it, and the last batch that it is given."""
    plain = getattr(Bilevel, name)

    def step(levels: Bilevel, *given: Any, **options: Any) -> Any:
        assert isinstance(levels.supernet, Supernet)
        steps.append((copied(levels.supernet), given[-2]))
        return plain(levels, *given, **options)

    patch.setattr(Bilevel, name, step)


def slope(value: Tensor, supernet: Supernet) -> Tensor:
    parts = torch.autograd.grad(value, list(supernet.alpha.values()), retain_graph=True)
    return torch.cat([part.flatten() for part in parts])


def jacobian(supernet: Supernet, x: Tensor) -> Tensor:
    """Minus the mean L1 norm of the rows of the Jacobian, an image and a class at a time."""
    lengths = []
    for image in x:
        leaf = image[None].clone().requires_grad_()
        logits = supernet.eval()(leaf)[0]
        lengths += [torch.autograd.grad(logit, leaf, create_graph=True)[0].abs().sum() for logit in logits]
    return -torch.stack(lengths).mean()


def angle(first: Tensor, second: Tensor) -> float:
    return float((first * second).sum() / (first * first).sum().sqrt() / (second * second).sum().sqrt())


@dataclass
class Step:
    """The numbers of an architecture step; averages of both gradients go from one to the next."""

    method: str
    projected: bool
    averages: list[Tensor] = field(default_factory=list)

    def numbers(self, supernet: Supernet, x: Tensor, y: Tensor, *, first: bool) -> Numbers:
        robustness = jacobian(supernet, x[:SEEN])
        of_metric = slope(robustness, supernet)
        logits = supernet.train()(x)
        loss = F.cross_entropy(logits, y)
        of_loss = slope(loss, supernet)
        found = {"loss": loss.item(), "loss_gradient": float((of_loss * of_loss).sum().sqrt())}
        if self.method == "darts":
            return found
        scale = slope(logits.std(dim=1).mean().log(), supernet)
        found["robustness"] = robustness.item()
        if first or self.method == "dsrna-balanced":
            found["scale_cosine"] = angle(of_metric, scale)
        if self.method == "dsrna-balanced" and self.projected:
            of_metric = of_metric - (of_metric @ scale) / (scale @ scale) * scale
        found["metric_gradient"] = float((of_metric * of_metric).sum().sqrt())
        found["cosine"] = angle(of_loss, of_metric)
        found["weight"] = self.weight(of_loss, of_metric)
        return found

    def weight(self, of_loss: Tensor, of_metric: Tensor) -> float:
        if self.method == "dsrna-jacobian":
            return GAMMA
        new = [of_loss, of_metric]
        old = self.averages or new
        self.averages = [DECAY * before + (1 - DECAY) * now for before, now in zip(old, new, strict=True)]
        return float(RATIO * self.averages[0].norm() / self.averages[1].norm())


def mean(steps: Sequence[Numbers]) -> Numbers:
    """The means over steps, of those that have a number."""
    columns = {name: [step[name] for step in steps if name in step] for name in steps[0]}
    return {name: sum(values) / len(values) for name, values in columns.items()}


def test_the_numbers_of_the_architecture_steps(told: tuple[SearchSettings, Told]) -> None:
    """If this fails, the norms and angles by which a search is judged are not those of its gradients."""
    settings, found = told
    step = Step(settings.method, projected=settings.balance.project)
    steps = [
        step.numbers(supernet, *batch, first=number % 2 == 0)
        for number, (supernet, batch) in enumerate(found.architecture_steps)
    ]
    assert found.rows[0].architecture is None
    for row, expected in zip(found.rows[1:], (mean(steps[:2]), mean(steps[2:])), strict=True):
        assert row.architecture is not None
        logged = {name: value for name, value in asdict(row.architecture).items() if value is not None}
        assert logged == pytest.approx(expected, rel=1e-8)
        assert row.robustness == row.architecture.robustness


def test_the_numbers_of_the_weights_steps(told: tuple[SearchSettings, Told]) -> None:
    """If this fails, the training loss and accuracy of an epoch are not those of the batches it was trained on."""
    _, found = told
    for number, row in enumerate(found.rows):
        losses, right = 0.0, 0
        for supernet, (x, y) in found.weights_steps[2 * number : 2 * number + 2]:
            logits = supernet.train()(x)
            losses += F.cross_entropy(logits, y).item()
            right += int((logits.argmax(dim=1) == y).sum())
        assert row.loss == pytest.approx(losses / 2, rel=1e-10)
        assert row.accuracy == right / 16


def test_the_entropy_and_the_shares_are_those_of_the_architecture_parameters(told: tuple[SearchSettings, Told]) -> None:
    """If this fails, a search that has decided looks undecided, or the other way round."""
    _, found = told
    for row, supernet in zip(found.rows, found.after, strict=True):
        edges = [edge.exp() / edge.exp().sum() for table in supernet.alpha.values() for edge in table.detach()]
        entropies = [-sum(p * math.log(p) for p in edge.tolist()) / math.log(len(edge)) for edge in edges]
        assert row.entropy == pytest.approx(sum(entropies) / len(edges), rel=1e-7)
        for column, name in enumerate(supernet.settings.operations):
            assert row.shares[name] == pytest.approx(sum(float(edge[column]) for edge in edges) / len(edges))
    assert found.rows[-1].entropy < 0.95


def test_the_validation_accuracy_is_that_of_the_images_one_by_one(told: tuple[SearchSettings, Told]) -> None:
    """If this fails, a supernet that has learnt nothing passes for one that has, and no fall is ever seen."""
    _, found = told
    images = make_images(3)
    for row, supernet in zip(found.rows, found.after, strict=True):
        supernet.eval()
        right = [
            int(supernet(images.read(torch.tensor([place])))[0].argmax()) == int(label)
            for place, label in enumerate(images.labels)
        ]
        assert row.validation_accuracy == sum(right) / 20
