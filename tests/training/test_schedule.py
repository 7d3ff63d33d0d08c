"""The schedules."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.training import CertifiedSettings, TrainingSettings
from dsrna.training.schedule import drop_path, eps_share, learning_rate


def test_the_cosine_goes_through_its_known_points() -> None:
    """Else results cannot be compared with the DARTS family's, which uses this schedule."""
    settings = TrainingSettings(epochs=4, learning_rate=1.0)
    assert [learning_rate(settings, e) for e in range(4)] == pytest.approx([1.0, 0.853553, 0.5, 0.146447], abs=1e-6)


@given(epochs=st.integers(2, 50), data=st.data())
def test_the_rate_rises_then_falls_and_is_never_zero(epochs: int, data: st.DataObject) -> None:
    """Else an epoch trains nothing, or the warm-up overshoots."""
    warmup = data.draw(st.integers(0, epochs - 1))
    settings = TrainingSettings(epochs=epochs, warmup_epochs=warmup, learning_rate=0.5)
    rates = [learning_rate(settings, epoch) for epoch in range(epochs)]
    assert rates[warmup] == 0.5
    assert all(0 < rate <= 0.5 for rate in rates)
    assert all(a < b for a, b in pairwise(rates[: warmup + 1]))
    assert all(a > b for a, b in pairwise(rates[warmup:]))


def test_drop_path_rises_linearly() -> None:
    """Else the network is cut up before it has learned anything."""
    settings = TrainingSettings(epochs=10, drop_path=0.2)
    assert [drop_path(settings, epoch) for epoch in (0, 5, 9)] == pytest.approx([0.0, 0.1, 0.18])


def test_eps_waits_rises_and_stays() -> None:
    """Else bounds begin with a jump, which kills the network, or never reach the eps that is certified."""
    settings = TrainingSettings(certified=CertifiedSettings(clean=0.2, ramp=0.4))
    shares = [eps_share(settings, progress) for progress in (0.0, 0.1999, 0.2, 0.3, 0.4, 0.6, 0.99)]
    assert shares == pytest.approx([0.0, 0.0, 0.0, 0.25, 0.5, 1.0, 1.0])


def test_without_a_ramp_eps_is_whole_at_once() -> None:
    """Else it is a division by zero."""
    settings = TrainingSettings(certified=CertifiedSettings(clean=0.5, ramp=0.0))
    assert [eps_share(settings, progress) for progress in (0.4, 0.5)] == [0.0, 1.0]
