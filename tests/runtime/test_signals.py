"""Signals that ask a run to stop."""

import os
import signal
from collections.abc import Iterator

import pytest

from dsrna.runtime.stopping import SIGNALS, Stopped, asked, heard, obey, until_saved


@pytest.fixture(autouse=True)
def _with_a_terminal() -> Iterator[None]:
    """These tests may themselves have been started by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_each_is_obeyed_at_once_where_nothing_is_to_be_saved(number: int) -> None:
    """If this fails, a job that is taken away ends without a word, or runs on until it is killed."""
    with pytest.raises(Stopped) as caught, heard():
        os.kill(os.getpid(), number)
    assert caught.value.code == 128 + number


def test_nohup_is_heeded() -> None:
    """If this fails, a run that was started to outlive its terminal ends with it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with heard():
        os.kill(os.getpid(), signal.SIGHUP)


def test_the_handlers_from_before_are_put_back() -> None:
    """If this fails, a program that uses dsrna hears no Ctrl-C any more."""
    before = [signal.getsignal(number) for number in SIGNALS]
    with heard():
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_the_first_waits_until_all_is_saved() -> None:
    """If this fails, an epoch of hours is lost with the signal that announced the end."""
    done = []
    with pytest.raises(Stopped, match="SIGUSR1"), heard(), until_saved():
        os.kill(os.getpid(), signal.SIGUSR1)
        done.append(asked())
    assert done == [True]
    assert not asked()


def test_it_is_obeyed_as_soon_as_all_is_saved() -> None:
    """If this fails, a training saves at a signal and then trains on."""
    with pytest.raises(Stopped), heard(), until_saved():
        os.kill(os.getpid(), signal.SIGTERM)
        obey()
        pytest.fail("it went on")


def test_the_second_does_not_wait() -> None:
    """If this fails, nothing but kill -9 ends a process that cannot save."""
    with pytest.raises(Stopped, match="SIGINT"), heard(), until_saved():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("it went on")
