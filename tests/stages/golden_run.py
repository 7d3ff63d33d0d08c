"""What a tiny run comes to: ``make golden`` writes it down anew, after a change that is meant to change it.

    python tests/stages/golden_run.py --nudges 5    how far the figures move when first weights move by a rounding

The figures are those of a search and a training of few steps, an attack and bounds. They are the same bits on one
machine; on another, sums are rounded in another order. ``--nudges`` measures what that may do.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import torch
from tiny import shortest_recipe
from torch import nn

import dsrna
from dsrna.evaluation import CertifySettings
from dsrna.recipes import Recipe
from dsrna.runtime.files import write_json
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator
from dsrna.stages import search, train
from dsrna.threat import Eps

GOLDEN: Final = Path(__file__).with_name("golden.json")
NUDGE: Final = 1e-6
"""Relative: several roundings of float32."""


def golden_recipe() -> Recipe:
    """Several steps of each level, and bounds that prove something: interval bounds at a tiny eps."""
    base = shortest_recipe()
    return replace(
        base,
        search=replace(base.search, batch_size=32),
        attack=replace(base.attack, attacks=("fgsm",), images=100, sanity=0),
        certify=CertifySettings(eps=(Eps(1e-4),), images=20, method="crown-ibp"),
    )


def figures(folder: RunFolder) -> dict[str, float]:
    """Return what is compared, by name: continuous figures, and shares of images."""
    found: dict[str, float] = {}
    for stage, path in (("search", folder.search_history), ("train", folder.training_history)):
        for row in map(json.loads, path.read_text().splitlines()):
            found |= _numbers(row, f"{stage} {row['epoch']}")
    attack, certify = (json.loads(path.read_text()) for path in (folder.attack, folder.certify))
    found["clean"] = _share(attack["clean"])
    found |= {f"{row['attack']} {row['eps']}": _share(row["count"]) for row in attack["rows"]}
    found["mean radius"] = certify["norms"][0]["mean_radius"]
    return found


def _numbers(row: dict[str, Any], name: str) -> dict[str, float]:
    kept = ("loss", "accuracy", "validation_accuracy", "robustness", "entropy", "robust_accuracy")
    return {f"{name} {key}": row[key] for key in kept if isinstance(row.get(key), float)}


def _share(count: dict[str, int]) -> float:
    return count["correct"] / count["total"]


@contextmanager
def nudged(seed: int) -> Iterator[None]:
    """Move every first weight by a relative ``NUDGE``, up or down at random; not for seed 0."""
    draw = generator(seed, "nudge")

    def moved(model: nn.Module) -> nn.Module:
        with torch.no_grad():
            for parameter in model.parameters():
                signs = torch.randint(2, parameter.shape, generator=draw) * 2 - 1
                parameter.mul_(1 + NUDGE * signs)
        return model

    with ExitStack() as stack:
        for module, name in ((search, "_supernet"), (train, "_build")) if seed else ():
            plain = getattr(module, name)
            stack.enter_context(patch.object(module, name, lambda *a, plain=plain, **k: moved(plain(*a, **k))))
        yield


def measured(seed: int = 0) -> dict[str, float]:
    """Run, and return the figures."""
    with TemporaryDirectory() as place, nudged(seed):
        dsrna.run(golden_recipe(), Path(place) / "run")
        return figures(RunFolder(Path(place) / "run"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nudges", type=int, default=0, help="so many nudged runs; nothing is written down")
    count = parser.parse_args().nudges
    torch.set_num_threads(1)
    plain = measured()
    if not count:
        write_json(GOLDEN, plain)
        return 0
    others = [measured(seed) for seed in range(1, count + 1)]
    for name, value in plain.items():
        furthest = max(abs(other[name] - value) for other in others)
        sys.stdout.write(f"{name:40} {value:12.6f}  moves by {furthest:.1e}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
