"""The soak itself: a few epochs of it, and that it would tell."""

from dataclasses import replace
from pathlib import Path

import pytest
from soak_run import Reading, faults, slope, soaked


def test_a_short_soak_reads_every_epoch(tmp_path: Path) -> None:
    """If this fails, `make soak` measures nothing, or files grow within a few epochs."""
    readings = soaked("darts", 2, tmp_path)
    assert len(readings) == 2
    assert all(reading.memory > 10 for reading in readings)
    assert readings[0].files == readings[1].files
    assert readings[1].folder > 0


@pytest.mark.parametrize(("name", "by"), [("memory", 17.0), ("files", 1), ("threads", 1), ("folder", 10**6)])
def test_growth_is_told(name: str, by: float) -> None:
    """If this fails, a leak passes `make soak`."""
    flat = [Reading(100.0, 10, 2, 5000)] * 8
    assert faults(flat) == []
    assert len(faults([*flat, replace(flat[0], **{name: getattr(flat[0], name) + by})])) == 1


def test_the_slope_is_that_of_a_line() -> None:
    """If this fails, the figure that is written down is wrong."""
    assert slope([3.0, 5.0, 7.0, 9.0]) == pytest.approx(2.0)
