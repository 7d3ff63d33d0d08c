"""What searches in NAS-Bench-201 find, looked up in a published table: a row a search, then gains over random cells.

Each method searches on a named recipe, once a seed; nothing is trained. What it finds has published accuracies, after
standard and after adversarial training. Beside them stand the means over all
cells of the space with the same operations, and with as many parameters: what a draw of them has in the mean, without
the noise of a draw; and what the baseline found on the same seeds. Every search is a run folder: what is there already
is not run again.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from dsrna.comparison.statistics import holm, paired_p
from dsrna.ranking import GroundTruth
from dsrna.recipes import named, overridden
from dsrna.search import METHODS
from dsrna.spaces import Architecture
from dsrna.spaces.nasbench201 import all_cells
from dsrna.stages import begin, search_stage

COLUMNS = (
    "std_cifar10_clean",
    "std_cifar10_apgd_1",
    "at_cifar10_clean",
    "at_cifar10_pgd_8",
    "at_cifar10_autoattack",
)
"""Accuracies after standard and after adversarial training; eps in 1/255, AutoAttack's is 8."""
COMPARED = (
    "dsrna-cb",
    "dsrna-jacobian",
    "dsrna-combined",
    "dsrna-radius",
    "dsrna-balanced",
    "darts",
    "sdarts-rs",
    "sdarts-adv",
    "adversarial",
    "noise",
    "advrush",
    "random",
)


def operations(architecture: Architecture) -> Hashable:
    return frozenset(architecture.operation_counts().items())


def size(architecture: Architecture) -> Hashable:
    """Cells with as many convolutions of each kind have as many parameters, in whatever network."""
    counts = architecture.operation_counts()
    return tuple(counts.get(name, 0) for name in ("nor_conv_1x1", "nor_conv_3x3"))


CONTROLS: dict[str, Callable[[Architecture], Hashable]] = {"same operations": operations, "same size": size}


@dataclass(frozen=True)
class Means:
    """The mean entry of all cells of the space that see their images, and of those alike by each of ``CONTROLS``."""

    overall: float
    alike: dict[str, dict[Hashable, float]]

    @classmethod
    def of(cls, truth: GroundTruth, column: str, cells: Sequence[Architecture]) -> "Means":
        known = [(cell, value) for cell in cells if (value := truth.value(cell, column)) is not None]
        groups: dict[str, defaultdict[Hashable, list[float]]] = {name: defaultdict(list) for name in CONTROLS}
        for cell, value in known:
            for name, key in CONTROLS.items():
                groups[name][key(cell)].append(value)
        alike = {name: {key: fmean(values) for key, values in group.items()} for name, group in groups.items()}
        return cls(fmean(value for _, value in known), alike)


def searched(method: str, seed: int, options: argparse.Namespace) -> Architecture:
    """Search, or read what is there; a method of one form under all goals searches once for all of them."""
    known = METHODS[method]
    goal = options.goal if known.under(options.goal) != known.under("standard") else "standard"
    given = {**options.fields, "goal": goal, "seed": seed}
    given["space"] = {**given.get("space", {}), "name": "nasbench201"}
    given["search"] = {**given.get("search", {}), "method": method}
    recipe = overridden(named(options.recipe), given, where="looked up")
    return search_stage(begin(recipe, options.out / goal / f"{method}-{seed}"))


def row(method: str, seed: int, found: Architecture, truth: GroundTruth, means: dict[str, Means]) -> dict[str, Any]:
    values = {column: truth.value(found, column) for column in means}
    controls = {
        f"{column}: {name}": means[column].alike[name].get(key(found))
        for column in means
        for name, key in CONTROLS.items()
    }
    return {
        "method": method,
        "seed": seed,
        "architecture": found.to_text(),
        "operations": dict(sorted(Counter(found.operation_counts()).items())),
        **values,
        **controls,
    }


def told(rows: Sequence[dict[str, Any]], overall: dict[str, Means], baseline: str) -> None:
    """Print the means of each method, and its gains with their p: of the paired t-test, Holm's for all methods."""
    methods = list(dict.fromkeys(each["method"] for each in rows))
    by_seed = {(each["method"], each["seed"]): each for each in rows}
    print("operations of a cell, the mean over seeds")
    for method in methods:
        kept = [Counter(each["operations"]) for each in rows if each["method"] == method]
        total = sum(kept, Counter[str]())
        print(f"{method:<18}" + ", ".join(f"{count / len(kept):.1f} {name}" for name, count in sorted(total.items())))
    for column in COLUMNS:
        print(f"\n{column}; the mean cell has {overall[column].overall:.3f}")
        gains: dict[str, dict[str, list[float]]] = {
            f"less {name}": {m: [_gain(each, column, name) for each in rows if each["method"] == m] for m in methods}
            for name in CONTROLS
        }
        gains[f"less {baseline}"] = {
            m: [each[column] - by_seed[baseline, each["seed"]][column] for each in rows if each["method"] == m]
            for m in methods
            if m != baseline
        }
        print(f"{'mean ± sd over seeds':<18}{'found':>14}" + "".join(f"{name:>28}" for name in gains))
        told_gains = [_said(gain) for gain in gains.values()]
        for method in methods:
            found = spread([each[column] for each in rows if each["method"] == method])
            print(f"{method:<18}{found:>14}" + "".join(f"{said.get(method, ''):>28}" for said in told_gains))


def _gain(found: dict[str, Any], column: str, control: str) -> float:
    return float(found[column] - found[f"{column}: {control}"])


def _said(gains: dict[str, list[float]]) -> dict[str, str]:
    ps = holm([paired_p(gain) for gain in gains.values()])
    return {
        method: f"{spread(gain)} (p {'-' if p is None else format(p, '.2g')})"
        for (method, gain), p in zip(gains.items(), ps, strict=True)
    }


def spread(values: Sequence[float]) -> str:
    return f"{fmean(values):+.3f} ±{stdev(values) if len(values) > 1 else 0:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, metavar="FILE")
    parser.add_argument("--recipe", default="cifar10-small")
    parser.add_argument("--goal", choices=("standard", "adversarial", "certified"), default="standard")
    parser.add_argument("--methods", nargs="+", default=COMPARED)
    parser.add_argument("--baseline", default="darts", metavar="METHOD", help="one of them, to hold all against")
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5), metavar="SEED")
    parser.add_argument("--fields", type=json.loads, default={}, metavar="JSON", help="recipe fields to change")
    parser.add_argument("--out", type=Path, default=Path("runs/looked-up"), metavar="FOLDER")
    options = parser.parse_args()
    if options.baseline not in options.methods:
        parser.error(f"--baseline {options.baseline} is none of the methods")
    truth = GroundTruth.read(options.table)
    cells = [cell for cell in all_cells() if cell.connected()]
    means = {column: Means.of(truth, column, cells) for column in COLUMNS}
    looked_up = partial(row, truth=truth, means=means)
    rows = []
    for seed in options.seeds:
        for method in options.methods:
            rows.append(looked_up(method, seed, searched(method, seed, options)))
            print(json.dumps(rows[-1]), flush=True)
    told(rows, means, options.baseline)


if __name__ == "__main__":
    main()
