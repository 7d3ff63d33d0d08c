"""Work that is done before its result is asked for."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(works: Iterable[Callable[[], T]], count: int) -> Generator[T]:
    """Yield what each of ``works`` returns, in order, while one thread does the next ``count`` of them.

    With a count of 0 there is no thread. An error comes where the result would have come. The thread ends with the
    iterator, however that ends; what it is at is waited for, what it has not begun is left.
    """
    if count == 0:
        yield from (work() for work in works)
        return
    left = iter(works)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        begun: deque[Future[T]] = deque(thread.submit(work) for work in islice(left, count))
        try:
            while begun:
                result = begun.popleft().result()
                begun.extend(thread.submit(work) for work in islice(left, 1))
                yield result
        finally:
            thread.shutdown(wait=False, cancel_futures=True)
