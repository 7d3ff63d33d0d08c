"""One architecture: trained for a while, measured."""

from dataclasses import replace

import pytest
import torch
from ranking_cases import CELLS
from torch import nn

from dsrna.data import Augmentation, DataSettings, halves, load
from dsrna.errors import UserError
from dsrna.metrics import METRICS, MetricOptions
from dsrna.ranking import Judge, Ranked, RankSettings, Score, score
from dsrna.ranking.judging import gradient_norm
from dsrna.ranking.results import ACCURACY, PARAMETERS
from dsrna.ranking.training import settle, train_briefly
from dsrna.runtime.seeds import generator
from dsrna.spaces import NetworkSettings, find_architecture, parameters
from dsrna.threat import Eps, ThreatModel
from dsrna.training import TrainingSettings

CELL = find_architecture(CELLS[3])
SETTINGS = RankSettings(metrics=METRICS.names(), images=12, accuracy_images=100)
JUDGE = Judge(dict.fromkeys(METRICS.names(), ThreatModel(1 / 255)), MetricOptions())


@pytest.fixture(scope="module")
def ranked() -> Ranked:
    digits = load(DataSettings("digits", limit=600), seed=0, device=torch.device("cpu"))
    images, held_out = halves(digits.train, 0.5, generator(0))
    return Ranked(
        images=images,
        held_out=held_out,
        classes=10,
        mean=(0.3,),
        std=(0.4,),
        network=NetworkSettings(cells=3, channels=8),
        training=TrainingSettings(batch_size=32, learning_rate=0.1),
        augmentation=Augmentation(),
        seed=0,
        device=torch.device("cpu"),
    )


def without_time(found: Score) -> Score:
    return replace(found, seconds=0.0)


def test_a_score_can_be_had_again(ranked: Ranked) -> None:
    """If this fails, a ranking that was stopped and goes on compares architectures under different conditions."""
    settings = replace(SETTINGS, steps=3)
    first = score(CELL, ranked, JUDGE, settings)
    torch.rand(7)
    assert without_time(score(CELL, ranked, JUDGE, settings)) == without_time(first)
    assert first.metrics.keys() == {*METRICS.names()}
    assert None not in first.metrics.values()
    assert first.controls[PARAMETERS] == parameters(ranked.build(CELL))


def test_the_stated_training_is_what_happens(ranked: Ranked) -> None:
    """If this fails, scores `after N steps` are of another network."""
    before = score(CELL, ranked, JUDGE, SETTINGS).controls[ACCURACY]
    after = score(CELL, ranked, JUDGE, replace(SETTINGS, steps=60)).controls[ACCURACY]
    assert before is not None
    assert after is not None
    assert after > 0.5 > before


@pytest.mark.parametrize("method", ["standard", "pgd", "certified"])
def test_steps_are_counted(method: str, ranked: Ranked, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, an architecture gets more training than another, or the schedule does not end."""
    model = ranked.build(CELL)
    rates: list[float] = []
    step = torch.optim.SGD.step

    def counted(self: torch.optim.SGD) -> None:
        rates.append(self.param_groups[0]["lr"])
        step(self)

    monkeypatch.setattr(torch.optim.SGD, "step", counted)
    training = TrainingSettings(method=method, batch_size=100, learning_rate=0.1, steps=1, eps=Eps(2 / 255))
    train_briefly(model, ranked.images, training, 7, augmentation=Augmentation(pad=1), seed=0)
    assert len(rates) == 7, "also beyond the end of the images"
    assert rates[0] == 0.1
    assert rates == sorted(rates, reverse=True)


def test_at_initialisation_only_the_statistics_change(ranked: Ranked) -> None:
    """If this fails, `at initialisation` is not, or batch norms are those of no data."""
    model = ranked.build(CELL)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    settle(model, ranked.images, ranked.training, seed=0)
    changed = {name.rsplit(".", 1)[1] for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert changed == {"running_mean", "running_var", "num_batches_tracked"}
    assert all(module.momentum == 0.1 for module in model.modules() if isinstance(module, nn.BatchNorm2d))


def test_a_training_that_diverges_is_missing_not_fatal(ranked: Ranked) -> None:
    """If this fails, one architecture ends the ranking of all, or counts as the least robust."""
    training = replace(ranked.training, learning_rate=1e30, gradient_clip=1e30)
    found = score(CELL, replace(ranked, training=training), JUDGE, replace(SETTINGS, steps=4))
    assert set(found.metrics.values()) == {None}
    assert found.controls[PARAMETERS] is not None


def test_metrics_do_not_depend_on_the_chunks(ranked: Ranked) -> None:
    """If this fails, the mean over the held-out images is that over some of them."""
    model = ranked.build(CELL)
    x, y = ranked.examples(40)
    each = METRICS["margin-jacobian"](model, x, y, threat=ThreatModel(1 / 255))
    assert JUDGE.metric("margin-jacobian", model, x, y) == pytest.approx(each.mean().item(), rel=1e-4)


def test_the_gradient_norm_is_that_of_all_weights(ranked: Ranked) -> None:
    """If this fails, the control is of some layers only; weights of dead edges count as zero."""
    dead = find_architecture("|nor_conv_3x3~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|")
    model = ranked.build(dead).eval()
    x, y = ranked.examples(20)
    found = gradient_norm(model, x, y)
    torch.autograd.backward(torch.nn.functional.cross_entropy(model(x), y))
    squares = [parameter.grad.square().sum() for parameter in model.parameters() if parameter.grad is not None]
    assert found == pytest.approx(torch.stack(squares).sum().sqrt().item(), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metrics": ("jacobean",)}, "did you mean 'jacobian'"),
        ({"metrics": ()}, "one at least"),
        ({"metrics": ("jacobian", "jacobian")}, "different"),
        ({"steps": -1}, "steps must be 0"),
        ({"images": 0}, "images must be at least 1"),
        ({"level": 1.0}, "level must be a share"),
    ],
)
def test_rankings_that_cannot_be_made_are_refused(change: dict[str, object], reason: str) -> None:
    """If this fails, a wrong option ends in a traceback after hours."""
    with pytest.raises(UserError, match=reason):
        RankSettings(**({"metrics": ("jacobian",)} | change))  # type: ignore[arg-type]
