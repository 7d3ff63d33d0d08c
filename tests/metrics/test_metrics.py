"""Every registered metric against the conformance check; each against an oracle of its own."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dsrna.bounds import margin_bound
from dsrna.metrics import METRICS
from dsrna.metrics.first_order import jacobian_rows
from dsrna.registry import Record
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.testing.metrics import SmallSupernet, check_metric
from dsrna.threat import ThreatModel

DUALS = {math.inf: 1, 2.0: 2, 1.0: math.inf}
patient = settings(max_examples=25, deadline=None)


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
        lengths = torch.linalg.vector_norm(rows.flatten(2), ord=q, dim=2)
        step = torch.randn(x.shape, dtype=x.dtype, generator=generator(0, "step"))
        step = 1e-7 * step / torch.linalg.vector_norm(step.flatten(1), ord=norm, dim=1).view(-1, 1, 1, 1)
        with evaluating(model):
            change = (model(x + step) - model(x)).abs()
        assert (change <= 1e-7 * lengths * (1 + 1e-4)).all()


@patient
@given(st.integers(0, 10_000), st.sampled_from(list(DUALS)))
def test_certified_bound_is_the_least_margin(seed: int, norm: float) -> None:
    """The metric would leave out the most dangerous class."""
    model, x, y = drawn(seed)
    value = METRICS["certified-bound"](model, x, y, threat=ThreatModel(0.01, norm))
    torch.testing.assert_close(value, margin_bound(model, x, y, 0.01, norm=norm).min(dim=1).values)


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

    def mixing(model: nn.Module, x: Tensor, y: Tensor, *, threat: ThreatModel) -> Tensor:
        return METRICS["jacobian"](model, x, y, threat=threat).mean().expand(len(x))

    with pytest.raises(AssertionError, match="rest of the batch"):
        check_metric(Record("mixing", "a mean", "a test", mixing), generator=generator(0, "mixing"))
