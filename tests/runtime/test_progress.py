"""Progress on a terminal and without one."""

from io import StringIO

import pytest
from rich.console import Console

from dsrna.runtime.progress import Reporter, Silent, Terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_stage_and_numbers_are_shown(terminal: bool) -> None:
    """If this fails, the person who waits does not see how far it is."""
    out = StringIO()
    reporter = Terminal(Console(file=out, force_terminal=terminal, width=120))
    with reporter.stage("search", 2, "epochs") as stage:
        stage.step(loss=0.5, accuracy=0.25)
        stage.step(loss=0.25, accuracy=0.75)
    text = out.getvalue()
    assert "search" in text
    assert "accuracy 0.750" in text
    assert ("\x1b" in text) == terminal


def test_without_a_terminal_it_is_quiet() -> None:
    """If this fails, a log file fills with bars."""
    out = StringIO()
    with Terminal(Console(file=out, width=120)).stage("train", 500, "epochs") as stage:
        for _ in range(500):
            stage.step(loss=1.0)
    assert len(out.getvalue().splitlines()) == 2


def test_silence() -> None:
    """If this fails, a call from Python prints."""
    reporter: Reporter = Silent()
    with reporter.stage("train", 1, "epochs") as stage:
        stage.step(loss=1.0)
    reporter.say("nothing")
