"""Work ahead: the same results in the same order, no more ahead than asked for, and no thread left behind."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dsrna.data.ahead import ahead


class Works:
    """Works that return their numbers and note which have begun."""

    def __init__(self, number: int = 20, failing: int | None = None) -> None:
        self.begun: list[int] = []
        self.number = number
        self.failing = failing

    def __iter__(self) -> Iterator[Callable[[], int]]:
        return ((lambda n=n: self.work(n)) for n in range(self.number))  # type: ignore[misc]

    def work(self, number: int) -> int:
        self.begun.append(number)
        if number == self.failing:
            raise OSError(f"work {number}")
        return number


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), "a thread was left behind"


def settled(works: Works) -> list[int]:
    """What has begun once nothing more begins."""
    before = -1
    while before != len(works.begun):
        before = len(works.begun)
        time.sleep(0.05)
    return works.begun


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_results_come_in_order(count: int) -> None:
    """Broken: batches would come in another order, or some twice."""
    assert list(ahead(Works(), count)) == list(range(20))
    assert not list(ahead(Works(0), count))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_more_is_done_than_asked_for(count: int) -> None:
    """Broken: a data set larger than the memory would be read into it while a slow step is waited for."""
    works = Works()
    results = ahead(works, count)
    assert not works.begun
    for number in range(5):
        assert next(results) == number
        assert len(settled(works)) == number + 1 + count
    results.close()
    assert len(settled(works)) == 5 + count


@pytest.mark.parametrize("count", [0, 2])
def test_an_error_comes_where_the_result_would(count: int) -> None:
    """Broken: a damaged image would be told of before, or after, the batches that were sound; or never."""
    results = ahead(Works(failing=4), count)
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(OSError, match="work 4"):
        next(results)
    assert not list(results)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_who_takes_the_results_may_fail(error: type[BaseException]) -> None:
    """Broken: Ctrl-C, or a loss that diverges, would leave a thread that reads on."""
    works = Works(1000)

    def taking() -> None:
        for result in ahead(works, 2):
            if result == 3:
                raise error

    with pytest.raises(error):
        taking()
    assert len(settled(works)) <= 6


def test_what_is_under_way_is_waited_for() -> None:
    """Broken: a pass that was left would still write into what a next one reads."""
    begun, ended = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        time.sleep(0.1)
        ended.set()
        return 0

    results = ahead([lambda: 0, slow], 2)
    next(results)
    assert begun.wait(10)
    results.close()
    assert ended.is_set()
