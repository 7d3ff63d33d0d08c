"""Extension by registration: a name, a frozen record of what it is and where it is from, and the thing itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from dsrna.errors import UserError, shown

T = TypeVar("T")


@dataclass(frozen=True)
class Record(Generic[T]):
    """What is registered under a name: one sentence on what it is, its source (paper, equation), and the value."""

    name: str
    summary: str
    source: str
    value: T


class Registry(Generic[T]):
    """The things of one kind, by name, in the order in which they were registered."""

    def __init__(self, kind: str, plural: str | None = None) -> None:
        self.kind = kind
        self.plural = plural or f"{kind}s"
        self._records: dict[str, Record[T]] = {}

    def register(self, name: str, *, summary: str, source: str) -> Callable[[T], T]:
        """Return a decorator that registers what it is put on. Registering a name twice raises ``ValueError``."""
        if name in self._records:
            raise ValueError(f"{self.kind} {name!r} is registered already")

        def decorator(value: T) -> T:
            self._records[name] = Record(name, summary, source, value)
            return value

        return decorator

    def record(self, name: str) -> Record[T]:
        """Return the record of ``name``; an unknown name raises ``UserError`` and lists the known ones."""
        if name not in self._records:
            raise UserError(unknown(self.kind, self.plural, name, self.names()))
        return self._records[name]

    def __getitem__(self, name: str) -> T:
        return self.record(name).value

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[Record[T]]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def names(self) -> tuple[str, ...]:
        return tuple(self._records)


def unknown(kind: str, plural: str, name: str, known: tuple[str, ...]) -> str:
    """The one-line message for a name that nobody knows, with the closest known one first."""
    close = get_close_matches(name, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    return f"unknown {kind} {shown(name)}{guess} Known {plural}: {', '.join(known)}"
