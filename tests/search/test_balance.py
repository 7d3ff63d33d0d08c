"""The weight of the metric."""

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.search.balance import Balance, BalanceSettings, cosine, flat, without

NUMBERS = st.floats(-10, 10, width=32)
GRADIENTS = st.lists(NUMBERS, min_size=4, max_size=4).map(lambda row: torch.tensor(row, dtype=torch.float64))


@given(GRADIENTS, GRADIENTS)
def test_what_is_left_is_at_right_angles(gradient: torch.Tensor, direction: torch.Tensor) -> None:
    """If this fails, the metric still shrinks the logits."""
    parts = without([gradient[:1], gradient[1:]], [direction[:1], direction[1:]])
    assert abs(float(flat(parts) @ direction)) <= 1e-9 * (1 + float(direction.norm() * gradient.norm()))


def test_the_weighted_norm_is_the_ratio_of_the_averages() -> None:
    """If this fails, the metric outweighs the loss where its gradient is large."""
    balance = Balance(BalanceSettings(ratio=0.25, decay=0.5))
    loss, metric = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 100.0])
    assert balance.observe(loss, metric) == pytest.approx(0.25 * 3 / 100)
    assert balance.observe(-loss, metric) == pytest.approx(0.0), "a loss whose gradients cancel has no direction"


def test_a_metric_without_gradient_has_no_weight() -> None:
    """If this fails, a metric that is flat for all images ends the search by a division by zero."""
    assert Balance(BalanceSettings()).observe(torch.ones(2), torch.zeros(2)) == 0.0
    assert cosine(torch.ones(2), torch.zeros(2)) == 0.0


def test_settings_without_sense_are_refused() -> None:
    """If this fails, averages explode or the metric is minimised."""
    for wrong in (partial(BalanceSettings, ratio=-1.0), partial(BalanceSettings, decay=1.0)):
        with pytest.raises(UserError, match="balance"):
            wrong()
