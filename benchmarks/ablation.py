"""What each part of the default search is for: it is left out or changed, and all else stays.

Digits, standard training, a row a search; beside it stands a random network with the operations that were found. Then
means, and differences to the default from the same seeds. Ten epochs of search follow whatever warm-up there is. Every
run is a run folder: what is there already is not run again.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from collapse import Row, controls, gains, judged, paired, table
from dsrna.recipes import Recipe, named, overridden
from dsrna.runtime.run_folder import RunFolder

DEFAULT: Final = "the default"
FREE: Final[dict[str, Any]] = {"params": [1_000_000]}
"""More than the largest network of the space: a band that holds nothing."""
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    DEFAULT: {},
    "ratio 0.25": {"balance": {"ratio": 0.25}},
    "ratio 1": {"balance": {"ratio": 1.0}},
    "scale not projected out": {"balance": {"project": False}},
    "no warm-up": {"epochs": 10, "warmup_epochs": 0},
    "half the warm-up": {"epochs": 17, "warmup_epochs": 7},
    "size free": FREE,
    "size free and scale not projected out": {**FREE, "balance": {"project": False}},
}
"""By name: what is changed in ``search``."""


def recipe_of(variant: str, seed: int) -> Recipe:
    search = {"epochs": 24, "warmup_epochs": 14, "architecture_learning_rate": 0.02, **VARIANTS[variant]}
    fields = {"seed": seed, "space": {"channels": 8}, "search": search}
    return overridden(named("digits-small"), fields, where="ablation")


def rows_of(variant: str, seed: int, out: Path) -> list[Row]:
    """The search and its control."""
    recipe, folder = recipe_of(variant, seed), out / f"{variant.replace(' ', '-')}-{seed}"
    found = judged(recipe, folder, variant)
    ((name, control),) = controls(recipe, found, RunFolder(folder), names=["same operations"])
    return [found, judged(control, folder.with_name(f"{folder.name}-control"), name)]


def against_the_default(rows: list[Row]) -> None:
    known = {(row.name, row.seed): row for row in rows}
    others = [name for name in VARIANTS if name != DEFAULT]
    pairs = {name: [(row, known[DEFAULT, row.seed]) for row in rows if row.name == name] for name in others}
    gains(f"less {DEFAULT}, mean ± sd over seeds", pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5), metavar="SEED")
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"), metavar="FOLDER")
    options = parser.parse_args()
    rows: list[Row] = []
    for seed in options.seeds:
        for variant in VARIANTS:
            rows += rows_of(variant, seed, options.out)
            for row in rows[-2:]:
                print(json.dumps(asdict(row)), flush=True)
    table(rows)
    paired(rows)
    against_the_default(rows)


if __name__ == "__main__":
    main()
