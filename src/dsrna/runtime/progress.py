"""Progress for the person who waits: a bar on a terminal, a line a stage elsewhere, nothing from Python."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@runtime_checkable
class Stage(Protocol):
    """One stage under way: ``step`` is called as it advances, with the numbers worth showing."""

    def step(self, advance: int = 1, /, **numbers: float) -> None: ...


@runtime_checkable
class Reporter(Protocol):
    """Where stages say how far they are."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator[Stage]: ...

    def say(self, text: str) -> None: ...


class Silent:
    """Says nothing: the reporter of calls from Python."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator[Stage]:  # noqa: ARG002
        yield self

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        pass

    def say(self, text: str) -> None:
        pass


class Terminal:
    """Bars on a terminal; where there is none, one line when a stage begins and one when it ends."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def stage(self, name: str, total: int, unit: str, done: int = 0) -> Iterator[Stage]:
        started = time.monotonic()
        if not self.console.is_terminal:
            self.say(f"{name}: {total} {unit}" + (f", {done} done before" if done else ""))
        with Progress(*_columns(unit), console=self.console, disable=not self.console.is_terminal) as progress:
            bar = _Bar(progress, name, total, done)
            yield bar
        self.say(f"{name}: done in {time.monotonic() - started:.0f} s{bar.last and '  ' + bar.last}")

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True, markup=False)


class _Bar:
    def __init__(self, progress: Progress, name: str, total: int, done: int) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=total, completed=done, numbers="")
        self.last = ""

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        if numbers:
            self.last = "  ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in numbers.items())
        self._progress.update(self._task, advance=advance, numbers=self.last)


def _columns(
    unit: str,
) -> tuple[TextColumn | BarColumn | MofNCompleteColumn | TimeElapsedColumn | TimeRemainingColumn, ...]:
    return (
        TextColumn("{task.description:<8}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[numbers]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
