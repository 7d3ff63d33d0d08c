"""What becomes of architectures that are trained and judged as a recipe says: ground truth of our own.

Architectures of NAS-Bench-201 are drawn, each class of equals once, and each is trained, attacked and certified in a
run folder: what is there already is not run again. The table that comes out is one that ``dsrna rank`` reads:
accuracies in percent, ``robust`` and ``certified`` with their eps in 1/255 at the end.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dsrna.recipes import named, overridden
from dsrna.runtime.seeds import generator
from dsrna.spaces import SPACES, Architecture, SpaceSettings
from dsrna.stages import attack_stage, begin, certify_stage, search_stage, train_stage

SPACE = "nasbench201"


def drawn(count: int) -> list[Architecture]:
    """Draw so many different ones whose networks see their images; a larger count draws the same and more."""
    draw, space = generator(0, "truth"), SPACES[SPACE]
    settings = SpaceSettings(name=SPACE, operations=space.operations)
    there: dict[str, Architecture] = {}
    while len(there) < count:
        architecture = space.draw(settings, draw)
        if architecture.connected():
            there.setdefault(architecture.identity(), architecture)
    return list(there.values())


def fate(recipe: str, fields: dict[str, Any], architecture: Architecture, folder: Path) -> dict[str, Any]:
    """Train, attack and certify, or read what is there; return a row of the table."""
    given = {**fields, "architecture": architecture.to_text(), "space": {"name": SPACE}}
    run = begin(overridden(named(recipe), given, where="truth"), folder)
    search_stage(run)
    train_stage(run)
    attacked, certified = attack_stage(run), certify_stage(run)
    return {
        "architecture": architecture.to_text(),
        "clean": 100 * attacked.clean.accuracy,
        **{f"robust_{255 * row.eps:g}": 100 * row.count.accuracy for row in attacked.worst},
        **{f"certified_{255 * row.eps:g}": 100 * row.count.accuracy for row in certified.norms[0].rows},
        "radius": 255 * certified.norms[0].mean_radius,
    }


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for number, architecture in enumerate(drawn(options.sample)):
        yield fate(options.recipe, options.fields, architecture, options.out / f"{number:04d}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="digits-small")
    parser.add_argument("--fields", type=json.loads, default={}, metavar="JSON", help="recipe fields to change")
    parser.add_argument("--sample", type=int, default=60, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("runs/truth"), metavar="FOLDER")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows(options):
            if writer is None:
                writer = csv.DictWriter(file, fieldnames=list(row))
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
