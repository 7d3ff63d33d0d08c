"""Kill -9 at random moments of a whole run: ``make faults``.

A tiny run is begun, killed, and begun again by the same call, until it has come to its end; that end is held, bit for
bit, against the end of a run left alone; then the next is begun, until there were as many moments as were asked for.
Every other process dies at a random time, the others within a random write, of which half is then on the disk; every
step is saved, so that many of these are checkpoints within an epoch. Exit status 1 if a run cannot go on, or ends
otherwise.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import torch
from endings import same_end
from rich.console import Console
from tiny import shortest_recipe

import dsrna
from dsrna.recipes import Recipe
from dsrna.runtime import files
from dsrna.runtime.progress import Terminal
from dsrna.runtime.run_folder import RunFolder

STAGES: Final = ("search", "train", "attack", "certify", "report")
MOMENT: Final = 1e-9
"""Minutes: less than a step takes."""


def stage_of(folder: RunFolder) -> str:
    """The stage that a folder is at, by the files that are there."""
    results = (folder.genotype, folder.model, folder.attack, folder.certify)
    return next((name for name, path in zip(STAGES, results, strict=False) if not path.exists()), STAGES[-1])


def recipe() -> Recipe:
    """The shortest run, with a checkpoint after every step."""
    base = shortest_recipe()
    search = replace(base.search, checkpoint_minutes=MOMENT)
    return replace(base, search=search, training=replace(base.training, checkpoint_minutes=MOMENT))


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
            dsrna.run(recipe(), self.folder.path)
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
    in_checkpoints: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        stages = ", ".join(f"{name} {self.moments[name]}" for name in STAGES)
        return (
            f"killed at {self.moments.total()} moments ({stages}; within a write {self.in_writes}, of a checkpoint "
            f"{self.in_checkpoints}) of {self.runs} runs; {len(self.wrong)} of them did not come to the end of one "
            f"left alone"
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
            halves = list(folder.path.rglob(f".*{files.SCRATCH}"))
            self.tally.in_writes += bool(halves)
            checkpoints = {folder.search_checkpoints, folder.training_checkpoints}
            self.tally.in_checkpoints += any(checkpoints & set(path.parents) for path in halves)
        return child.code


def left_alone(folder: RunFolder, tally: Path) -> tuple[float, int]:
    """Run undisturbed; return the seconds, and how many writes there were."""
    started = time.monotonic()
    with Child(folder, counts_writes(tally)) as child:
        pass
    assert child.code == 0, "the run left alone has failed"
    return time.monotonic() - started, tally.stat().st_size


def counts_writes(tally: Path) -> Callable[[], None]:
    """Let a process leave a byte for each of its writes."""

    def prepare() -> None:
        flush = files._flush

        def flushed(path: Path) -> None:
            with tally.open("ab") as file:
                file.write(b".")
            flush(path)

        files._flush = flushed

    return prepare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=100, help="how often a run is killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments; what they hit depends on the machine too")
    options = parser.parse_args()
    terminal = Terminal(Console())
    with TemporaryDirectory() as place:
        alone = RunFolder(Path(place) / "alone")
        seconds, writes = left_alone(alone, Path(place) / "writes")
        killer = Killer(alone, seconds, writes, random.Random(options.seed))
        while killer.tally.moments.total() < options.moments:
            killer.run(RunFolder(Path(place) / str(killer.tally.runs)), options.moments)
            terminal.say(str(killer.tally))
    for line in killer.tally.wrong:
        terminal.say(line)
    return 1 if killer.tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
