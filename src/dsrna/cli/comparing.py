"""``dsrna compare``: which contenders, how trained, from which seeds."""

import argparse
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from dsrna.cli.keeping import Keeper
from dsrna.cli.options import ELSEWHERE, SHORT, Short, add_options, changes
from dsrna.cli.places import add_places
from dsrna.comparison import Comparison, Grid, reread
from dsrna.comparison.grid import OF_CELLS
from dsrna.errors import UserError, shown
from dsrna.recipes import Recipe
from dsrna.report import comparison_site, comparison_tables, serve
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.progress import Terminal
from dsrna.runtime.serialise import to_plain

if TYPE_CHECKING:
    from dsrna.cli.parser import Parser

COMPARE: Final[dict[str, Short]] = {
    **{name: SHORT[name] for name in ("eps", "params", "macs")},
    **{name: short for name, short in ELSEWHERE.items() if name != "seed"},
}

MOST_SEEDS: Final = 1000
"""A run each, and a search each: more are years."""


def add_compare(commands: "argparse._SubParsersAction[Parser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="run methods and architectures over several seeds, and say what differs",
        usage="dsrna compare RECIPE --methods NAME,... --seeds N [options]",
        allow_abbrev=False,
    )
    compare.add_argument("recipe", metavar="RECIPE", help="the protocol: see `dsrna list recipes`")
    compare.add_argument("--methods", metavar="NAME,...", default="", help="that search (dsrna list methods)")
    compare.add_argument("--architectures", metavar="NAME,...", default="", help="published ones, or genotype files")
    compare.add_argument("--trainings", metavar="NAME,...", default="", help="the recipe's by default")
    compare.add_argument(
        "--seeds", metavar="N|N,...", default="3", help="so many, or these (7, is 7 alone); 3 by default"
    )
    compare.add_argument("--repeats", type=int, metavar="N", default=0, help="further trainings of each genotype")
    compare.add_argument("--no-controls", action="store_true", help="no random network of the same size beside each")
    compare.add_argument("--baseline", metavar="NAME", help="hold all against this one, and not against their controls")
    compare.add_argument("--out", type=Path, metavar="DIR", help="runs/compare-<recipe> by default")
    add_places(compare)
    add_options(compare, COMPARE)


def compared_grid(arguments: argparse.Namespace, recipe: Recipe) -> Grid:
    return Grid(
        recipe,
        methods=_names(arguments.methods),
        architectures=_names(arguments.architectures),
        trainings=_names(arguments.trainings),
        seeds=_seeds(arguments.seeds),
        controls=not arguments.no_controls,
        repeats=arguments.repeats,
        fields=changes(arguments),
    )


def given_way(grid: Grid, base: Recipe, source: str) -> Iterator[str]:
    """Return a line for each field that a file has put into the recipe ``base`` and that the grid says otherwise."""
    said = {"seeds": grid.seeds, "architectures": grid.architectures, "methods": grid.methods, "trainings": grid.ways}
    before, after = to_plain(base), to_plain(grid.recipe)
    for path, name in OF_CELLS.items():
        value = reduce(getitem, path, after)
        if value != reduce(getitem, path, before) and value not in said[name]:
            yield f"compare: {'.'.join(path)} {shown(value)} of {source} is not used: {name} are the comparison's own"


def compare_folder(arguments: argparse.Namespace) -> Path:
    folder: Path | None = arguments.out
    return folder or Path("runs") / f"compare-{arguments.recipe}"


def report_comparison(arguments: argparse.Namespace, folder: ComparisonFolder, console: Console) -> None:
    """Summarise anew what is in a comparison's folder, and write its files and its page; or show it as it goes on."""
    if arguments.table is not None:
        raise UserError(f"--table is for the folder of a run, and {folder.path} holds a comparison")
    if not folder.result.exists():
        raise UserError(f"{folder.path} has runs, but no {folder.result.name}; `dsrna compare`, given again, writes it")
    if arguments.serve:
        serve(comparison_site(folder), arguments.port, Terminal(console).say)
        return
    keeper, found = Keeper(folder), reread(folder.path)
    keeper.note(found)
    show_comparison(found, folder, console)


def show_comparison(comparison: Comparison, folder: ComparisonFolder, console: Console) -> None:
    for table in comparison_tables(comparison):
        console.print(table)
    console.print(f"comparison: {folder.page}", soft_wrap=True, highlight=False)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(map(int, _names(text)))
    except ValueError:
        raise UserError(
            f"--seeds must be how many, such as 5, or which, such as 0,3,7 or 7,; not {shown(text)}"
        ) from None
    if "," in text:
        return numbers
    if numbers and numbers[0] > MOST_SEEDS:
        raise UserError(f"--seeds must be at most {MOST_SEEDS}, or which, such as 7,8; not {shown(numbers[0])}")
    return tuple(range(numbers[0] if numbers else 0))


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))
