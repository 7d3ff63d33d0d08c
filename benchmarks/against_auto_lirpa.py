"""Our bounds against auto_LiRPA 0.6.0: time, memory and tightness, on networks that it bounds correctly.

auto_LiRPA comes inside another package; it is put into a folder of its own, with the two packages that it imports:

    pip install --no-deps --target FOLDER neuralsat==0.2.17 gurobipy tqdm
    python benchmarks/against_auto_lirpa.py --auto-lirpa FOLDER

float32, one thread, CPU seconds, each side in a process of its own, in turns; the least of the rounds counts.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from one_side import THEIR_NAMES
from peer_networks import CASES

ROUNDS = 2
AIM = "aim for crown: at most 0.50 of the time and 0.25 of the memory, least difference at least -1e-4"


@dataclass(frozen=True)
class Side:
    """The least of what the rounds took, and the bounds."""

    seconds: float
    mebibytes: float
    bounds: torch.Tensor

    @classmethod
    def of(cls, rounds: list[dict[str, Any]]) -> "Side":
        seconds, mebibytes = (min(each[name] for each in rounds) for name in ("seconds", "mebibytes"))
        return cls(seconds, mebibytes, torch.tensor(rounds[0]["bounds"], dtype=torch.float64))


def run(side: str, case: str, method: str, options: argparse.Namespace) -> dict[str, Any]:
    script = str(Path(__file__).parent / "one_side.py")
    command = [sys.executable, script, side, case, method, str(options.auto_lirpa), str(options.memory)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def compare(case: str, method: str, options: argparse.Namespace) -> str:
    rounds = [(run("ours", case, method, options), run("theirs", case, method, options)) for _ in range(ROUNDS)]
    ours, theirs = (Side.of(list(side)) for side in zip(*rounds, strict=True))
    difference = (ours.bounds - theirs.bounds) / (1 + theirs.bounds.abs())
    return (
        f"{case:<12} {method:<10} {ours.seconds:>8.3f} {theirs.seconds:>8.3f} {ours.seconds / theirs.seconds:>6.2f}"
        f" {ours.mebibytes:>8.1f} {theirs.mebibytes:>8.1f} {ours.mebibytes / theirs.mebibytes:>6.2f}"
        f" {float(difference.min()):>10.1e} {float(difference.mean()):>10.1e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--auto-lirpa", type=Path, required=True, metavar="FOLDER", help="where pip put neuralsat")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--methods", nargs="+", choices=THEIR_NAMES, default=list(THEIR_NAMES))
    parser.add_argument("--memory", type=float, default=256, metavar="MIB", help="what our side may use; default 256")
    options = parser.parse_args()
    print(f"ours (memory={options.memory:g}) against theirs; difference: ours - theirs over 1 + |theirs|")
    print("                        seconds, ratio           MiB, ratio                difference: least, mean")
    for method in options.methods:
        for case in options.cases:
            print(compare(case, method, options), flush=True)
    print(AIM)


if __name__ == "__main__":
    main()
