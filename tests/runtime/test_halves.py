"""Where memory does not suffice."""

from itertools import chain

import pytest
import torch

from dsrna.errors import UserError
from dsrna.runtime.memory import Halves, advising, ran_out

LACKS = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
)


@pytest.mark.parametrize("error", LACKS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("room", [1, 3, 10])
def test_every_image_is_done_once_and_in_order(error: Exception, room: int) -> None:
    """If this fails, images are lost, or done twice, where memory is short."""
    said: list[str] = []

    def work(part: slice) -> list[int]:
        if part.stop - part.start > room:
            raise error
        return list(range(10))[part]

    halves = Halves(said.append)
    assert list(chain.from_iterable(halves.over(10, work))) == list(range(10))
    first = len(said)
    assert first == {1: 4, 3: 2, 10: 0}[room]
    assert list(chain.from_iterable(halves.over(10, work))) == list(range(10))
    assert len(said) == first, "what was found to fit is remembered"


def test_a_single_image_that_is_too_much_is_one_line() -> None:
    """If this fails, the halving never ends, or ends in a traceback."""

    def work(_: slice) -> None:
        raise LACKS[0]

    with pytest.raises(UserError, match="single image"):
        Halves().over(5, work)


def test_other_errors_are_not_taken_for_it() -> None:
    """If this fails, a bug is repeated with ever fewer images, and told as a lack of memory."""

    def work(_: slice) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        Halves().over(5, work)
    with pytest.raises(RuntimeError, match="shapes"), advising("lower it"):
        work(slice(0))
    with pytest.raises(UserError, match="out of memory: lower it"), advising("lower it"):
        raise LACKS[1]
    assert not ran_out(ValueError("memory"))
