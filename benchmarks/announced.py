"""Which searches are said to have collapsed: the rule of today on the histories that runs have left.

For each method the searches, how many are announced and the earliest epoch; the furthest that ``none`` and all
operations without parameters rose, as shares of where they began, in the least and in the most risen search.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsrna.runtime.files import read_json_lines
from dsrna.runtime.serialise import from_plain
from dsrna.search import SearchEpoch
from dsrna.search.watch import FREE, collapse


@dataclass(frozen=True)
class Told:
    """What is said of one search: the first epoch of a collapse, and the largest shares by those of the first epoch."""

    epoch: int | None
    none: float
    free: float


def told(history: Sequence[SearchEpoch]) -> Told:
    said = (epoch for epoch in range(1, len(history) + 1) if collapse(history[:epoch]) is not None)
    rises = [max(share(row, names) / share(history[0], names) for row in history) for names in (("none",), FREE)]
    return Told(next(said, None), *rises)


def share(row: SearchEpoch, names: Sequence[str]) -> float:
    return sum(row.shares.get(name, 0.0) for name in names)


def read(path: Path) -> list[SearchEpoch]:
    return [from_plain(SearchEpoch, line, where=str(path)) for line in read_json_lines(path)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="of run folders METHOD-SEED")
    found: dict[str, list[Told]] = defaultdict(list)
    for folder in parser.parse_args().folders:
        for path in sorted(folder.glob("*/search/history.jsonl")):
            if history := read(path):
                found[f"{folder.name}: {path.parents[1].name.rpartition('-')[0]}"].append(told(history))
    print(f"{'':<44}{'searches':>9}{'announced':>11}{'earliest':>10}{'none':>16}{'free':>16}")
    for name, searches in found.items():
        epochs = [each.epoch for each in searches if each.epoch is not None]
        none, free = (sorted(getattr(each, what) for each in searches) for what in ("none", "free"))
        ends = "".join(f"{values[0]:>8.2f} to {values[-1]:.2f}" for values in (none, free))
        print(f"{name:<44}{len(searches):>9}{len(epochs):>11}{min(epochs, default=0) or '':>10}{ends}")


if __name__ == "__main__":
    main()
