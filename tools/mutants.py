"""Do the tests notice? Change one thing in the source at a time, and run the tests that should: ``make mutants``.

A sample of all the small changes that can be made to ``bounds``, ``metrics``, the attacks and their threat models: a
comparison, a sign, a number, lower for upper. Each is tried in a process of its own on a copy of the source. Printed
are those that no test caught; exit status 1 if fewer than ``--least`` of the sample were caught. A change counts as
caught, too, if the tests take ``--patience`` times as long with it as without.
"""

import argparse
import ast
import math
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
import torch

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = {
    "bounds": ("tests/bounds", "tests/test_conformance.py"),
    "metrics": ("tests/metrics", "tests/test_conformance.py"),
    "evaluation/attacks": ("tests/evaluation", "tests/test_conformance.py"),
    "threat": ("tests/threat", "tests/evaluation", "tests/test_conformance.py"),
}
"""What is changed, and the tests that are run, in this order."""

SWAPS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
}
"""Operators, and what stands in their place."""

NAMES: Final = {
    "lower": "upper",
    "upper": "lower",
    "minimum": "maximum",
    "maximum": "minimum",
    "min": "max",
    "max": "min",
    "amin": "amax",
    "amax": "amin",
}
"""What a call or an attribute is taken for."""

ANNOTATIONS: Final = ("annotation", "returns")


@dataclass(frozen=True)
class Mutant:
    """The ``number``-th place of a file where something can be changed."""

    path: Path
    number: int
    line: int
    told: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.told}"


def places(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that can be changed, annotations and docstrings left out, in an order that is always the same."""
    for name, value in ast.iter_fields(node):
        if name in ANNOTATIONS:
            continue
        for child in value if isinstance(value, list) else [value]:
            text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not text:
                yield from ([child] if changed(child) is not None else [])
                yield from places(child)


def changed(node: ast.AST) -> str | None:
    """Say how a node is changed, None where it is left alone."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp) and type(node.op) in SWAPS:
        return f"{type(node.op).__name__} to {SWAPS[type(node.op)].__name__}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "not left out"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        return f"{type(node.ops[0]).__name__} to {SWAPS[type(node.ops[0])].__name__}"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        return f"{node.value!r} to {other(node.value)!r}"
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in NAMES:
        return f"{node.attr} to {NAMES[node.attr]}"
    return None


def other(value: float) -> float:
    """Return another number: not, one more, or twice as much and a bit."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else 2 * value + 0.01


def change(node: ast.AST) -> None:
    """Change a node as ``changed`` says."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
            node.op = ast.UAdd()
        case ast.BinOp() | ast.BoolOp() | ast.UnaryOp():
            node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]  # of the same kind
        case ast.Compare():
            node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]  # of the same kind
        case ast.Constant(value=bool() | int() | float() as value):
            node.value = other(value)
        case ast.Attribute():
            node.attr = NAMES[node.attr]


def mutants(part: str) -> Iterator[Mutant]:
    """Yield all that a part of the source has."""
    for path in sorted((ROOT / "src" / "dsrna" / part).rglob("*.py")):
        for number, node in enumerate(places(ast.parse(path.read_text()))):
            yield Mutant(path, number, getattr(node, "lineno", 0), changed(node) or "", PARTS[part])


def source(mutant: Mutant) -> str:
    """Return the file with the change."""
    tree = ast.parse(mutant.path.read_text())
    change(list(places(tree))[mutant.number])
    return ast.unparse(ast.fix_missing_locations(tree))


def ordered(mutant: Mutant) -> list[str]:
    """Return the test files, those first whose names are that of the changed file."""
    files = [file for place in mutant.tests for file in _test_files(ROOT / place)]
    return [str(file) for file in sorted(files, key=lambda file: mutant.path.stem not in file.stem)]


def _test_files(place: Path) -> list[Path]:
    return sorted(place.rglob("test_*.py")) if place.is_dir() else [place]


def caught(mutant: Mutant, patience: float) -> bool:
    """Tell whether a test fails, or does not end in so many seconds, in a process that sees the change."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / mutant.path.relative_to(ROOT / "src")).write_text(source(mutant))
        return ended(ordered(mutant), copy, patience) != 0


def usual(part: str) -> float:
    """Return how many seconds the tests of a part take without a change, which they must pass."""
    begun = time.monotonic()
    files = [str(file) for place in PARTS[part] for file in _test_files(ROOT / place)]
    if ended(files, ROOT / "src", math.inf) != 0:
        sys.exit(f"the tests of {part} fail without a change")
    return time.monotonic() - begun


def ended(files: Sequence[str], copy: Path, patience: float) -> int:
    """Return the exit code of the tests on a copy of the source; they are killed after so many seconds."""
    pid = os.fork()
    if pid == 0:
        _tested(files, copy)
    return _waited(pid, patience)


def _tested(files: Sequence[str], copy: Path) -> None:
    """Run the tests, in a child."""
    code = 1
    try:
        os.setsid()
        os.environ["PYTHONPATH"] = str(copy)
        sys.path.insert(0, str(copy))
        sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  # until the process ends
        torch.set_num_threads(1)
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *files]))
    finally:
        os._exit(code)


def _waited(pid: int, patience: float) -> int:
    """Return how a child has ended; one that takes too long is killed, with all that it started."""
    end = time.monotonic() + patience
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.killpg(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what is changed")
    parser.add_argument("--count", type=int, default=20, help="so many changes of each part")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--patience", type=float, default=3.0, help="so many times their usual time tests may take")
    parser.add_argument("--least", type=float, default=0.85, help="share that must be caught")
    options = parser.parse_args()
    found, survivors = 0, 0
    for part in options.parts:
        known = list(mutants(part))
        sample = random.Random(options.seed).sample(known, min(options.count, len(known)))
        patience = options.patience * usual(part)
        lived = [mutant for mutant in sample if not _told(mutant, caught(mutant, patience))]
        found, survivors = found + len(sample), survivors + len(lived)
        sys.stdout.write(f"{part}: {len(sample) - len(lived)} of {len(sample)} caught, of {len(known)} there are\n")
    share = 1 - survivors / found
    sys.stdout.write(f"{found - survivors} of {found} caught: {share:.0%}\n")
    return 0 if share >= options.least else 1


def _told(mutant: Mutant, noticed: bool) -> bool:
    sys.stdout.write(f"{'caught' if noticed else 'SURVIVED'}  {mutant}\n")
    sys.stdout.flush()
    return noticed


if __name__ == "__main__":
    sys.exit(main())
