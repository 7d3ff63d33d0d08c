"""Kill -9 at random moments of a whole run: ``make faults``.

A tiny run is begun, killed, and begun again by the same call, until it has come to its end; that end is held, bit for
bit, against the end of a run left alone; then the next is begun, until there were as many moments as were asked for.
Every other process dies at a random time, the others within a random write, of which half is then on the disk. Exit
status 1 if a run cannot go on, or ends otherwise.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import torch
from endings import same_end
from rich.console import Console
from tiny import shortest_recipe

import dsrna
from dsrna.runtime import files
from dsrna.runtime.progress import Terminal
from dsrna.runtime.run_folder import RunFolder

STAGES: Final = ("search", "train", "attack", "certify", "report")


def stage_of(folder: RunFolder) -> str:
    """The stage that a folder is at, by the files that are there."""
    results = (folder.genotype, folder.model, folder.attack, folder.certify)
    return next((name for name, path in zip(STAGES, results, strict=False) if not path.exists()), STAGES[-1])


@dataclass
class Child:
    """A process that runs the recipe into ``folder``. It is forked, so that nothing is imported anew."""

    folder: RunFolder
    prepare: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        self.pid = os.fork()
        if self.pid == 0:
            self._run()
        return self

    def __exit__(self, *_: object) -> None:
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _run(self) -> None:
        code = 1
        try:
            torch.set_num_threads(1)
            self.prepare()
            dsrna.run(shortest_recipe(), self.folder.path)
            code = 0
        finally:
            if error := sys.exception():
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(code)


def dies_in_write(number: int) -> Callable[[], None]:
    """Let a process be killed in its write of that number, when half of it is done."""

    def prepare() -> None:
        left, flush = [number], files._flush

        def flushed(path: Path) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.truncate(path, path.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)
            flush(path)

        files._flush = flushed

    return prepare


@dataclass
class Tally:
    """What came of it."""

    runs: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    in_writes: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        stages = ", ".join(f"{name} {self.moments[name]}" for name in STAGES)
        return (
            f"killed at {self.moments.total()} moments ({stages}; within a write {self.in_writes}) of {self.runs} "
            f"runs; {len(self.wrong)} of them did not come to the end of one left alone"
        )


@dataclass
class Killer:
    """Kills runs; ``seconds`` and ``writes``: of one left alone."""

    alone: RunFolder
    seconds: float
    writes: int
    draw: random.Random
    tally: Tally = field(default_factory=Tally)

    def run(self, folder: RunFolder, most: int) -> None:
        """Run into a new folder, killed until it gets through or there were ``most`` moments; hold its end."""
        code = -signal.SIGKILL
        while code == -signal.SIGKILL:
            code = self._once(folder, kill=self.tally.moments.total() < most)
        self.tally.runs += 1
        try:
            assert code == 0, f"exit code {code}"
            same_end(folder, self.alone)
        except AssertionError as error:
            self.tally.wrong.append(f"run {self.tally.runs}: {error}")

    def _once(self, folder: RunFolder, *, kill: bool) -> int:
        within, at = kill and self.draw.random() < 0.5, self.draw.uniform(0, self.seconds)
        prepare = dies_in_write(self.draw.randint(1, self.writes)) if within else lambda: None
        with Child(folder, prepare) as child:
            if kill and not within:
                time.sleep(at)
                os.kill(child.pid, signal.SIGKILL)
        if child.code == -signal.SIGKILL:
            self.tally.moments[stage_of(folder)] += 1
            self.tally.in_writes += any(folder.path.rglob(f".*{files.SCRATCH}"))
        return child.code


def left_alone(folder: RunFolder) -> float:
    """Run undisturbed; return the seconds."""
    started = time.monotonic()
    with Child(folder) as child:
        pass
    assert child.code == 0, "the run left alone has failed"
    return time.monotonic() - started


def written(folder: RunFolder) -> int:
    """How many writes there were, about: the files, and the checkpoints that were dropped."""
    return sum(path.is_file() for path in folder.path.rglob("*"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=100, help="how often a run is killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments; what they hit depends on the machine too")
    options = parser.parse_args()
    terminal = Terminal(Console())
    with TemporaryDirectory() as place:
        alone = RunFolder(Path(place) / "alone")
        seconds = left_alone(alone)
        killer = Killer(alone, seconds, written(alone), random.Random(options.seed))
        while killer.tally.moments.total() < options.moments:
            killer.run(RunFolder(Path(place) / str(killer.tally.runs)), options.moments)
            terminal.say(str(killer.tally))
    for line in killer.tally.wrong:
        terminal.say(line)
    return 1 if killer.tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
