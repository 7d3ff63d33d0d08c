"""Whether searches collapse, and what their results are worth beside random genotypes: a row a search, then means.

Each method searches on a named recipe, once a seed; the network it finds is trained and attacked as the recipe says.
Beside it stand networks drawn at random: with the same operations, with as many parameters, and the best of some draws
with as many, by the metric of the default method after a short training. Every run is a run folder: what is there
already is not run again.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from dsrna.recipes import Recipe, named, overridden
from dsrna.runtime.run_folder import RunFolder
from dsrna.search.watch import FREE
from dsrna.stages import attack_stage, begin, certify_stage, search_stage, train_stage

CONTROLS = ("same operations", "same size", "same size ranked")
METHODS = ("dsrna-combined", "dsrna-balanced", "dsrna-radius", "darts")
WIDTH = 64
NEAR = 0.05
"""How far the parameters of a random network of the same size may be off, as a share."""


@dataclass(frozen=True)
class Row:
    """``none`` and ``free``: softmax shares at the end; ``pooling``: the genotype's share of pooling and skips.

    ``certified``: the share of test images certified at the largest eps, under the goal ``certified``.
    """

    name: str
    seed: int
    none: float | None
    free: float | None
    supernet: float | None
    pooling: float
    parameters: int
    multiply_adds: int
    clean: float
    robust: float
    certified: float | None


def judged(recipe: Recipe, folder: Path, name: str) -> Row:
    """Search, train and attack, or read what is there."""
    run = begin(recipe, folder)
    genotype = search_stage(run)
    train_stage(run)
    attacked = attack_stage(run)
    history = read_lines(run.folder.search_history)
    shares: dict[str, float] = history[-1]["shares"] if history else {}
    counts = genotype.operation_counts()
    model = json.loads(run.folder.model.read_text(encoding="utf-8"))
    return Row(
        name=name,
        seed=recipe.seed,
        none=shares.get("none"),
        free=sum(shares.get(each, 0.0) for each in FREE) if shares else None,
        supernet=history[-1]["validation_accuracy"] if history else None,
        pooling=sum(counts.get(name, 0) for name in FREE) / sum(counts.values()),
        parameters=model["parameters"],
        multiply_adds=model["multiply_adds"],
        clean=attacked.clean.accuracy,
        robust=attacked.worst[-1].count.accuracy,
        certified=certify_stage(run).norms[0].rows[-1].count.accuracy if recipe.goal == "certified" else None,
    )


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def controls(recipe: Recipe, found: Row, folder: RunFolder, *, names: Sequence[str]) -> list[tuple[str, Recipe]]:
    """The random networks that stand beside what a method found: those of ``CONTROLS`` that are named."""
    least, most = int(found.parameters * (1 - NEAR)), int(found.parameters * (1 + NEAR))
    fields: dict[str, dict[str, Any]] = {
        "same operations": {"method": "random", "like": str(folder.genotype)},
        "same size": {"method": "random", "params": [least, most]},
        "same size ranked": {"method": "random-ranked", "params": [least, most]},
    }
    return [
        (f"{found.name}: random, {name}", overridden(recipe, {"search": drawn}, where="control"))
        for name, drawn in fields.items()
        if name in names
    ]


def table(rows: Sequence[Row]) -> None:
    names = ("none", "free", "supernet", "pooling")
    outcomes = ("clean", "robust", "certified")
    heads = "".join(f"{name:>14}" for name in (*names, *outcomes))
    print(f"{'mean ± sd over seeds':<{WIDTH}}{heads}{'params':>9}{'macs':>12}")
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.name].append(row)
    for name, group in groups.items():
        columns = [[getattr(row, column) for row in group] for column in (*names, *outcomes)]
        sizes = (fmean(row.parameters for row in group), fmean(row.multiply_adds for row in group))
        print(f"{name:<{WIDTH}}" + "".join(map(spread, columns)) + "{:>9.0f}{:>12.0f}".format(*sizes))


def paired(rows: Sequence[Row]) -> None:
    """Print what each search gained over its controls, seed by seed."""
    known = {(row.name, row.seed): row for row in rows}
    names = dict.fromkeys(row.name for row in rows if ": " in row.name)
    pairs = {name: [(known[name.split(": ")[0], row.seed], row) for row in rows if row.name == name] for name in names}
    gains("gain over the control, mean ± sd over seeds", pairs)


def gains(title: str, pairs: Mapping[str, Sequence[tuple[Row, Row]]]) -> None:
    """Print the means of the differences between the first and the second of each pair, a line a name."""
    outcomes = ("clean", "robust", "certified")
    print(f"{title:<{WIDTH}}" + "".join(f"{outcome:>14}" for outcome in outcomes))
    for name, each in pairs.items():
        print(f"{name:<{WIDTH}}" + "".join(spread([_gain(*pair, outcome) for pair in each]) for outcome in outcomes))


def _gain(found: Row, control: Row, outcome: str) -> float | None:
    value, other = getattr(found, outcome), getattr(control, outcome)
    return None if value is None or other is None else value - other


def spread(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return " " * 14
    return f"{fmean(known):>8.3f} ±{stdev(known) if len(known) > 1 else 0:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="digits")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--seeds", nargs="+", type=int, default=range(5), metavar="SEED")
    parser.add_argument("--fields", type=json.loads, default={}, metavar="JSON", help="recipe fields to change")
    parser.add_argument("--controls", nargs="+", choices=CONTROLS, default=CONTROLS, metavar="CONTROL")
    parser.add_argument("--out", type=Path, default=Path("runs/collapse"), metavar="FOLDER")
    options = parser.parse_args()
    rows: list[Row] = []
    for seed in options.seeds:
        for method in options.methods:
            fields = {**options.fields, "seed": seed}
            fields = {**fields, "search": {**fields.get("search", {}), "method": method}}
            recipe = overridden(named(options.recipe), fields, where="collapse")
            folder = options.out / f"{method}-{seed}"
            found = judged(recipe, folder, method)
            rows.append(found)
            for name, control in controls(recipe, found, RunFolder(folder), names=options.controls):
                place = options.out / f"{method}-{seed}-{name.rsplit(', ', maxsplit=1)[-1].replace(' ', '-')}"
                rows.append(judged(control, place, name))
            for row in rows[-1 - len(options.controls) :]:
                print(json.dumps(asdict(row)), flush=True)
    table(rows)
    paired(rows)


if __name__ == "__main__":
    main()
