"""The bilevel loop: what it changes, what it leaves alone, and how it goes on after a stop."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from killing import Stop, StopAfter
from torch import Tensor, nn

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.metrics import METRICS, Metric
from dsrna.registry import Record
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.modes import frozen_statistics
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import METHODS, SearchSettings, search
from dsrna.search.balance import BalanceSettings, flat
from dsrna.search.gradients import gradient
from dsrna.search.objective import UpperLevel
from dsrna.search.schedule import learning_rate
from dsrna.search.steps import Bilevel, Moment
from dsrna.search.watch import NotFiniteError
from dsrna.spaces import SpaceSettings, Supernet

SETTINGS = SearchSettings(epochs=3, warmup_epochs=1, batch_size=8, metric_batch=2, bound_batch=2)


def make_supernet() -> Supernet:
    with initialising(0):
        return Supernet(SpaceSettings(cells=2, channels=2, nodes=1), classes=3, in_channels=1, generator=generator(1))


def make_images(count: int = 20) -> TensorImages:
    draw = generator(2)
    return TensorImages(torch.rand(count, 1, 4, 4, generator=draw), torch.randint(3, (count,), generator=draw))


def batch() -> tuple[Tensor, Tensor]:
    images = make_images(8)
    return images.read(torch.arange(8)), images.labels


def moment(share: float = 0.0) -> Moment:
    return Moment(share, generator(3))


def state(supernet: Supernet) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in supernet.state_dict().items()}


def changed(before: dict[str, Tensor], supernet: Supernet) -> set[str]:
    return {name for name, value in supernet.state_dict().items() if not torch.equal(before[name], value)}


SEARCHING = [record.name for record in METHODS if record.value.searches]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("method", SEARCHING)
def test_an_architecture_step_moves_the_architecture_alone(method: str, order: int) -> None:
    """If this fails, weights or batch-norm statistics learn from the validation half."""
    supernet = make_supernet()
    levels = Bilevel.make(supernet, replace(SETTINGS, method=method, order=order))
    before = state(supernet)
    levels.architecture_step(batch(), batch(), moment())
    moved = {name for name in changed(before, supernet) if "num_batches_tracked" not in name}
    # Of two cells none is normal, so that what belongs to normal ones moves by weight decay alone; spreads have none.
    spreads = {"spreads.reduce"} if METHODS[method].draws else set[str]()
    assert moved == {"alpha.normal", "alpha.reduce"} | spreads
    assert (levels.upper.steps[0].robustness is None) == (not METHODS[method].metrics)


def watched(upper: UpperLevel, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each weight asks for a gradient, at every forward pass that the upper level makes from now on."""
    asking, plain = list[bool](), upper.gradients

    def note(supernet: nn.Module, _: object) -> None:
        assert isinstance(supernet, Supernet)
        asking.extend(weight.requires_grad for weight in supernet.weights())

    def gradients(supernet: Supernet, *given: Any, **options: Any) -> list[Tensor]:
        with supernet.register_forward_pre_hook(note):
            return plain(supernet, *given, **options)

    monkeypatch.setattr(upper, "gradients", gradients)
    return asking


@pytest.mark.parametrize("method", SEARCHING)
def test_an_architecture_step_asks_for_no_gradient_of_a_weight(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, architecture steps keep in memory, or compute, what only gradients of the weights would need."""
    supernet = make_supernet()
    levels = Bilevel.make(supernet, replace(SETTINGS, method=method))
    asking = watched(levels.upper, monkeypatch)
    levels.architecture_step(batch(), batch(), moment(), probe=True)
    assert asking
    assert not any(asking)
    weights = supernet.weights()
    assert all(weight.requires_grad and weight.grad is None for weight in weights)
    levels.weights_step(batch(), moment())
    before = [value_of(weight.grad) for weight in weights]
    levels.architecture_step(batch(), batch(), moment())
    assert all(map(torch.equal, before, [value_of(weight.grad) for weight in weights]))


def value_of(gradient: Tensor | None) -> Tensor:
    assert gradient is not None
    return gradient.clone()


def test_a_weights_step_leaves_the_architecture_alone() -> None:
    """If this fails, the architecture is trained on the training half, without the metric."""
    supernet = make_supernet()
    before = state(supernet)
    Bilevel.make(supernet, SETTINGS).weights_step(batch(), moment())
    assert not {name for name in changed(before, supernet) if name.startswith(("alpha", "beta"))}
    assert "classifier.weight" in changed(before, supernet)


def test_gamma_weighs_the_metric_and_more_robust_is_better() -> None:
    """If this fails, the gradient is not that of L - gamma R (DSRNA, Eq. 16)."""
    supernet = make_supernet()
    architecture = supernet.architecture_parameters()
    for gamma in (0.0, 0.5):
        upper = UpperLevel(replace(SETTINGS, method="dsrna-jacobian", gamma=gamma))
        (robustness,) = upper.robustness(supernet, *batch())
        expected = gradient(upper.loss(supernet, *batch())[0] - gamma * robustness, architecture)
        torch.testing.assert_close(upper.gradients(supernet, batch(), architecture), expected)


@pytest.mark.parametrize("method", ["dsrna-jacobian", "dsrna-radius"])
def test_after_a_setback_the_metric_counts_for_a_tenth(method: str) -> None:
    """If this fails, a search that was set back meets what it exploded by once more, and ends after the third time."""
    supernet = make_supernet()
    loss, whole, tenth, hundredth = (
        set_back(supernet, replace(SETTINGS, method=method, gamma=gamma, balance=BalanceSettings(ratio)), times)
        for gamma, ratio, times in ((0.0, 0.0, 0), (0.1, 0.5, 0), (0.1, 0.5, 1), (0.1, 0.5, 2))
    )
    for times, (weight, found) in enumerate((whole, tenth, hundredth)):
        assert weight == pytest.approx(whole[0] / 10**times)
        torch.testing.assert_close(10**times * (found - loss[1]), whole[1] - loss[1], rtol=1e-8, atol=1e-12)
    assert whole[0] == pytest.approx(0.1) or method == "dsrna-radius"
    assert (whole[1] - loss[1]).norm() > 1e-6


def set_back(supernet: Supernet, settings: SearchSettings, times: int) -> tuple[float, Tensor]:
    """The weight of R and the gradient of the upper level in float64, after so many setbacks."""
    upper, (x, y) = UpperLevel(settings), batch()
    for _ in range(times):
        upper.weakened(NotFiniteError("the robustness metric became nan; lower search.learning_rate and run again"))
    found = upper.gradients(supernet.double(), (x.double(), y), supernet.architecture_parameters())
    (step,) = upper.steps
    assert step.weight is not None
    return step.weight, flat(found)


def test_combined_is_the_sum_of_the_two() -> None:
    """If this fails, DSRNA-Combined is not the published objective."""
    supernet = make_supernet()
    cb, jacobian, combined = (
        torch.stack(list(UpperLevel(replace(SETTINGS, method=method)).robustness(supernet, *batch()))).sum()
        for method in ("dsrna-cb", "dsrna-jacobian", "dsrna-combined")
    )
    torch.testing.assert_close(combined, cb + jacobian)


def test_statistics_are_frozen_and_thawed() -> None:
    """If this fails, batch norm stops learning its statistics, or learns them from the validation half."""
    supernet = make_supernet().train()
    before = state(supernet)
    with frozen_statistics(supernet):
        supernet(batch()[0])
    assert not {name for name in changed(before, supernet) if "running" in name}
    supernet(batch()[0])
    assert {name for name in changed(before, supernet) if "running" in name}


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (1, {}),
        (2, {}),
        (2, {"order": 2}),
        (2, {"method": "dsrna-radius"}),
        (2, {"method": "sdarts-adv"}),
        (2, {"method": "noise"}),
        (2, {"method": "racl"}),
    ],
)
def test_a_stopped_search_goes_on_bit_for_bit(after: int, change: dict[str, object], tmp_path: Path) -> None:
    """If this fails, a search that was killed finds another architecture than one left alone."""
    settings = replace(SETTINGS, **change)  # type: ignore[arg-type]
    images, alone = make_images(), make_supernet()
    expected = search(alone, images, images, settings)
    with pytest.raises(Stop):
        search(make_supernet(), images, images, settings, checkpoints=Checkpoints(tmp_path), reporter=StopAfter(after))
    resumed = make_supernet()
    found = search(resumed, images, images, settings, checkpoints=Checkpoints(tmp_path))
    assert found.genotype == expected.genotype
    assert not changed(state(alone), resumed)
    assert [row.loss for row in found.history] == [row.loss for row in expected.history]


def test_the_history_tells_what_happened() -> None:
    """If this fails, a collapse of the search cannot be seen."""
    result = search(make_supernet(), make_images(), make_images(), replace(SETTINGS, method="dsrna-combined"))
    assert [row.warmup for row in result.history] == [True, False, False]
    assert [row.robustness is None for row in result.history] == [True, False, False]
    for row in result.history:
        assert sum(row.shares.values()) == pytest.approx(1)
        assert "none" in row.shares
        assert 0 < row.entropy < 1 + 1e-6
    assert [row.architecture is None for row in result.history] == [True, False, False]
    step = result.history[1].architecture
    assert step is not None
    assert step.robustness == result.history[1].robustness
    assert step.weight == SETTINGS.gamma
    for angle in (step.cosine, step.scale_cosine):
        assert angle is not None
        assert -1 <= angle <= 1


def test_warming_up_leaves_the_architecture_alone() -> None:
    """If this fails, the metric judges weights that have learnt nothing."""
    settings = replace(SETTINGS, epochs=2, warmup_epochs=1)
    result = search(make_supernet(), make_images(), make_images(), settings)
    assert result.history[0].shares == make_supernet().shares()
    assert result.history[1].shares != result.history[0].shares


def test_a_loss_that_explodes_is_one_clear_line() -> None:
    """If this fails, a search goes on for days on numbers that are none."""
    settings = replace(SETTINGS, learning_rate=1e30, gradient_clip=1e30)
    with pytest.raises(UserError, match="became .*; lower search.learning_rate"):
        search(make_supernet(), make_images(), make_images(), settings)


class Spoken(Silent):
    """A reporter that remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def test_what_explodes_while_warming_up_is_not_laid_at_the_metrics_door() -> None:
    """If this fails, a long epoch in which no metric counts is gone through four times, to the same end."""
    spoken, settings = Spoken(), replace(SETTINGS, method="dsrna-jacobian", learning_rate=1e30, gradient_clip=1e30)
    with pytest.raises(UserError, match="the [a-z ]+ became [^,]+; lower search.learning_rate"):
        search(make_supernet(), make_images(), make_images(), settings, reporter=spoken)
    assert spoken.said == []


@pytest.mark.parametrize(("bad", "factor"), [(1, math.nan), (3, 1e30), (4, math.nan)])
def test_a_metric_that_explodes_sets_the_search_back(bad: int, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, one metric that is not a number ends a search of days, or ruins its weights unseen."""
    images, alone, spoken, plain = make_images(), make_supernet(), Spoken(), METRICS["jacobian"]
    settings = replace(SETTINGS, method="dsrna-jacobian", gamma=0.0)
    expected = search(alone, images, images, settings)
    calls = count()

    def exploding(model: nn.Module, x: Tensor, y: Tensor, **options: Any) -> Tensor:
        return plain(model, x, y, **options) * (factor if 1 <= next(calls) <= bad else 1.0)

    monkeypatch.setattr(METRICS, "_records", {**METRICS._records, "jacobian": replaced(exploding)})
    supernet = make_supernet()
    if bad == 4:
        with pytest.raises(UserError, match="robustness metric became nan, after 3 setbacks"):
            search(supernet, images, images, settings, reporter=spoken)
        assert len(spoken.said) == 3
        return
    found = search(supernet, images, images, settings, reporter=spoken)
    assert len(spoken.said) == bad
    assert re.match(r"search, epoch 2: the robustness metric became \S+; the epoch begins again", spoken.said[0])
    assert found.genotype == expected.genotype
    assert not changed(state(alone), supernet), "with gamma 0 the metric changes nothing, and a setback must not either"


def test_a_gradient_that_explodes_is_never_stepped_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, one infinite gradient makes every weight a number that is none, and the search ends in nothing."""
    supernet = make_supernet()
    levels, before = Bilevel.make(supernet, SETTINGS), state(supernet)

    def exploding(loss: Tensor, parameters: Sequence[Tensor], *_: object, **__: object) -> list[Tensor]:
        return [torch.full_like(parameter, torch.inf) for parameter in parameters]

    monkeypatch.setattr("dsrna.search.steps.gradient", exploding)
    with pytest.raises(UserError, match="gradient of the training loss became inf"):
        levels.weights_step(batch(), moment())
    assert not {name for name in changed(before, supernet) if "running" not in name and "tracked" not in name}


def test_a_metric_whose_gradient_explodes_sets_the_search_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a metric with a finite value and no gradient makes the architecture a number that is none."""
    spoken, plain, calls = Spoken(), METRICS["jacobian"], count()

    def exploding(model: nn.Module, x: Tensor, y: Tensor, **options: Any) -> Tensor:
        found = plain(model, x, y, **options)
        return found + (found - found.detach()).abs().sqrt() if next(calls) == 1 else found

    monkeypatch.setattr(METRICS, "_records", {**METRICS._records, "jacobian": replaced(exploding)})
    settings = replace(SETTINGS, method="dsrna-jacobian")
    found = search(make_supernet(), make_images(), make_images(), settings, reporter=spoken)
    weights = [row.architecture and row.architecture.weight for row in found.history]
    assert weights == [None, pytest.approx(settings.gamma / 10), pytest.approx(settings.gamma / 10)]
    (said,) = spoken.said
    assert "epoch 2: the gradient in the architecture parameters became nan; the epoch begins again" in said


def replaced(metric: Metric) -> Record[Metric]:
    return Record("jacobian", "a metric that explodes", "this test", metric)


def test_the_learning_rate_is_a_cosine() -> None:
    """If this fails, the schedule is not that of DARTS."""
    assert learning_rate(SETTINGS, 0) == SETTINGS.learning_rate
    assert learning_rate(replace(SETTINGS, epochs=4), 2) == pytest.approx((0.025 + 0.001) / 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "dsrna"}, "unknown method 'dsrna'"),
        ({"order": 3}, "order must be 1 or 2"),
        ({"gamma": -1.0}, "not negative"),
        ({"learning_rate": float("nan")}, "positive"),
        ({"momentum": 2.0}, "below 1"),
        ({"images": 0}, "search.images"),
        ({"warmup_epochs": 3}, "never searched"),
        ({"eps": 8.0}, "did you mean 8/255"),
        ({"metric_batch": 0}, "at least"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a contradiction is found after hours, or never."""
    with pytest.raises(UserError, match=reason):
        replace(SETTINGS, **change)  # type: ignore[arg-type]
