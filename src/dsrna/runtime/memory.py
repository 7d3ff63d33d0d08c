"""What is done where memory does not suffice: fewer images at once, or a word on what to change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import torch

from dsrna.errors import UserError

T = TypeVar("T")

SIGNS: Final = ("out of memory", "not enough memory", "can't allocate memory")
"""What an error of torch says then, where it is of no class of its own: on a CPU."""


@dataclass
class Halves:
    """Work on the images of a batch, at ``most`` so many at once; None: all, until memory has not sufficed.

    For work that takes each image by itself, so that what comes out does not depend on the parts, to rounding.
    """

    say: Callable[[str], None] = lambda _: None
    most: int | None = None

    def over(self, count: int, work: Callable[[slice], T]) -> list[T]:
        """Return what ``work`` returns for parts of ``count`` images, in order; memory for one must suffice."""
        done, start = list[T](), 0
        while start < count:
            part = slice(start, min(count, start + (self.most or count)))
            found = self._tried(part, work)
            done += found
            start = part.stop if found else start
        return done

    def _tried(self, part: slice, work: Callable[[slice], T]) -> list[T]:
        """Return the result alone, or nothing where memory did not suffice: then the next part is half as large."""
        try:
            return [work(part)]
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
        # Not in the block above, where the error would still hold all that it happened among.
        self._halve(part.stop - part.start)
        return []

    def _halve(self, size: int) -> None:
        if size == 1:
            raise UserError("out of memory with a single image; take another device, or a smaller network")
        self.most = (size + 1) // 2
        self.say(f"out of memory with {size} images at once; going on with {self.most}, which changes no result")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


@contextmanager
def advising(advice: str) -> Iterator[None]:
    """Turn a lack of memory in the block into a ``UserError`` that says what to change."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        raise UserError(f"out of memory: {advice}") from error


def ran_out(error: BaseException) -> bool:
    """Tell whether an error is a lack of memory."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(sign in str(error) for sign in SIGNS)
