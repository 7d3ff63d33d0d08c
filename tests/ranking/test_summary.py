"""From scores to correlations."""

import pytest
from ranking_cases import made_up

from dsrna.ranking import Correlation, RankSettings, Score, summarise
from dsrna.runtime.seeds import generator

SETTINGS = RankSettings(metrics=("jacobian",), resamples=200)
TRUTH = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
SCORES = [
    made_up("a", 1.0, 0.5, 10.0, none=1),
    made_up("b", 2.0, 0.4, 30.0),
    made_up("c", 3.0, 0.6, 20.0, none=2),
    made_up("d", 4.0, 0.3, 60.0),
    made_up("e", 5.0, 0.9, 40.0, none=3),
    made_up("f", 6.0, 0.2, 50.0),
]


def found(scores: list[Score], truth: list[float | None]) -> dict[str, Correlation]:
    correlations = summarise(scores, {"truth": truth}, SETTINGS, generator(0))
    return {each.predictor: each for each in correlations}


def test_a_perfect_metric_has_correlation_one() -> None:
    """If this fails, scores and ground truth are joined in the wrong order."""
    metric = found(SCORES, [*TRUTH])["jacobian"]
    assert metric.kind == "metric"
    for name in ("kendall", "spearman"):
        estimate = metric.estimates[name]
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((1.0, 1.0, 1.0))


def test_controls_stand_beside_the_metric() -> None:
    """If this fails, a reader cannot see whether a metric says more than the size."""
    table = found(SCORES, [*TRUTH])
    assert list(table) == ["jacobian", "parameters", "multiply-adds", "clean accuracy", "gradient norm", "edges: none"]
    parameters = table["parameters"].estimates
    assert parameters["kendall"].value == pytest.approx(1 - 2 * 3 / 15)
    assert parameters["kendall given parameters"].value is None
    assert parameters["kendall given clean accuracy"].value is not None
    assert table["gradient norm"].estimates["kendall"].value is None, "all alike: nothing to correlate"


def test_intervals_hold_the_estimate() -> None:
    """If this fails, an interval is of something else than its estimate."""
    estimate = found(SCORES, [*TRUTH])["parameters"].estimates["kendall"]
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < estimate.value < estimate.high


def test_what_is_missing_is_left_out_and_counted() -> None:
    """If this fails, a diverged training or a gap in the table counts as a number."""
    scores = [made_up("a", None, 0.5, 10.0), *SCORES[1:]]
    table = found(scores, [*TRUTH[:-1], None])
    assert table["jacobian"].architectures == 4
    assert table["parameters"].architectures == 5
    assert found(SCORES[:2], [0.1, 0.2]) == {}, "two architectures have no order to speak of"
