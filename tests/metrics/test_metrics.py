"""Every registered metric against the conformance check; each against an oracle of its own."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dsrna.bounds import margin_bound
from dsrna.errors import UserError
from dsrna.metrics import METRICS, MetricOptions
from dsrna.metrics.first_order import jacobian_rows
from dsrna.metrics.registry import DEFAULT, TARGETS
from dsrna.registry import Record
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.testing.metrics import SmallSupernet, check_metric
from dsrna.threat import ThreatModel

DUALS = {math.inf: 1, 2.0: 2, 1.0: math.inf}
patient = settings(max_examples=25)


def drawn(seed: int) -> tuple[SmallSupernet, Tensor, Tensor]:
    draw = generator(seed, "metric")
    model = SmallSupernet(draw).double()
    x = torch.rand(3, 1, 5, 5, dtype=torch.float64, generator=draw)
    return model, x, torch.randint(4, (3,), generator=draw)


@patient
@given(st.integers(0, 10_000), st.sampled_from(list(DUALS)), st.floats(0.001, 0.5))
def test_jacobian_is_the_mean_dual_norm_of_all_rows(seed: int, norm: float, eps: float) -> None:
    """The metric would not be the published formula: compared with ``torch.func.jacrev``, row by row."""
    model, x, y = drawn(seed)
    value = METRICS["jacobian"](model, x, y, threat=ThreatModel(eps, norm))
    with evaluating(model):
        rows = torch.stack([torch.func.jacrev(lambda image: model(image[None])[0])(image) for image in x])
    lengths = torch.linalg.vector_norm(rows.flatten(2), ord=DUALS[norm], dim=2)
    torch.testing.assert_close(value, -eps * lengths.mean(dim=1))


def test_jacobian_bounds_the_change_to_first_order() -> None:
    """The dual norm would belong to another threat model: no small step may change a logit by more."""
    model, x, _ = drawn(1)
    for norm, q in DUALS.items():
        rows = jacobian_rows(model, x).detach()
        lengths = torch.linalg.vector_norm(rows.flatten(2), ord=q, dim=2).T
        step = torch.randn(x.shape, dtype=x.dtype, generator=generator(0, "step"))
        step = 1e-7 * step / torch.linalg.vector_norm(step.flatten(1), ord=norm, dim=1).view(-1, 1, 1, 1)
        with evaluating(model):
            change = (model(x + step) - model(x)).abs()
        assert (change <= 1e-7 * lengths * (1 + 1e-4)).all()


@patient
@given(st.integers(0, 10_000), st.sampled_from(list(DUALS)))
def test_certified_margin_is_the_least_one(seed: int, norm: float) -> None:
    """The metric would leave out the most dangerous class."""
    model, x, y = drawn(seed)
    options = MetricOptions(bound="crown-ibp", targets="all")
    value = METRICS["certified-margin"](model, x, y, threat=ThreatModel(0.01, norm), options=options)
    bounds = margin_bound(model, x, y, 0.01, norm=norm, method="crown-ibp")
    torch.testing.assert_close(value, bounds.min(dim=1).values)


@patient
@given(st.integers(0, 10_000), st.sampled_from(list(DUALS)), st.sampled_from(TARGETS))
def test_margin_jacobian_is_the_radius_to_first_order(seed: int, norm: float, targets: str) -> None:
    """The formula would be another: compared class by class with ``torch.func.jacrev`` of the margins."""
    model, x, y = drawn(seed)
    value = METRICS["margin-jacobian"](
        model, x, y, threat=ThreatModel(0.1, norm), options=MetricOptions(targets=targets)
    )
    with evaluating(model):
        logits = model(x)
        rows = torch.stack([torch.func.jacrev(lambda image: model(image[None])[0])(image) for image in x]).flatten(2)
    for example, label in enumerate(y.tolist()):
        others = [t for t in range(logits.shape[1]) if t != label]
        margins = torch.stack([logits[example, label] - logits[example, t] for t in others])
        slopes = torch.stack([rows[example, label] - rows[example, t] for t in others])
        radii = margins / torch.linalg.vector_norm(slopes, ord=DUALS[norm], dim=1).clamp(min=1e-300)
        expected = radii.min() if targets == "all" else radii[margins.argmin()]
        torch.testing.assert_close(value[example].clamp(-1e9, 1e9), expected.clamp(-1e9, 1e9))


def test_radii_do_not_see_the_scale_of_the_logits() -> None:
    """A search would gain by scaling the classifier, and not by robustness."""
    model, x, y = drawn(4)
    threat = ThreatModel(0.1)
    with evaluating(model):
        y = model(x).argmax(dim=1)
    before = {
        name: METRICS[name](model, x, y, threat=threat).detach() for name in ("certified-radius", "margin-jacobian")
    }
    with torch.no_grad():
        model.classifier.weight.mul_(7)
        model.classifier.bias.mul_(7)
    for name, values in before.items():
        torch.testing.assert_close(METRICS[name](model, x, y, threat=threat), values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "change", [{"bound": "alpha-crown"}, {"targets": "none"}, {"steps": 0}, {"bound": "unheard-of"}]
)
def test_options_that_make_no_metric(change: dict[str, Any]) -> None:
    """A search would run for hours with a metric that has no gradient, or end in a traceback."""
    with pytest.raises(UserError):
        MetricOptions(**change)


def test_a_single_step_of_bisection_makes_one() -> None:
    """Who wants a cheap radius would be refused; or what is not asked for would cost more than is written."""
    assert MetricOptions(steps=1).steps == 1
    assert MetricOptions().steps == 12


def test_jacobian_without_gradients() -> None:
    """Evaluating the metric under ``torch.no_grad`` would fail, or keep a graph."""
    model, x, y = drawn(2)
    threat = ThreatModel(0.1)
    with torch.no_grad():
        value = METRICS["jacobian"](model, x, y, threat=threat)
    assert not value.requires_grad
    torch.testing.assert_close(value, METRICS["jacobian"](model, x, y, threat=threat).detach())


def test_conformance_finds_a_metric_that_mixes_examples() -> None:
    """The conformance check would let a batch-dependent metric pass."""

    def mixing(
        model: nn.Module, x: Tensor, y: Tensor, *, threat: ThreatModel, options: MetricOptions = DEFAULT
    ) -> Tensor:
        return METRICS["jacobian"](model, x, y, threat=threat).mean().expand(len(x))

    with pytest.raises(AssertionError, match="rest of the batch"):
        check_metric(Record("mixing", "a mean", "a test", mixing), generator=generator(0, "mixing"))
