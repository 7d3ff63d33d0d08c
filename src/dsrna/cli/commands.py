"""What each sub-command does with its arguments."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from torch import nn

from dsrna import data
from dsrna.cli import listing
from dsrna.cli.comparing import compare_folder, compared_grid, given_way, report_comparison, show_comparison
from dsrna.cli.keeping import Keeper
from dsrna.cli.options import changes
from dsrna.cli.places import chosen_place
from dsrna.cli.ranking import rank_architectures, rank_columns, rank_folder, rank_settings
from dsrna.comparison import compare
from dsrna.errors import UserError, shown
from dsrna.ranking import GroundTruth
from dsrna.recipes import RECIPES, Recipe, merged, named, overridden
from dsrna.report import ranking_tables, run_site, serve, summary, write_report
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.progress import Terminal
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import to_plain
from dsrna.runtime.yaml_files import read_yaml
from dsrna.search import check_given
from dsrna.stages import (
    ExportSettings,
    Run,
    attack_stage,
    begin,
    begin_own,
    certify_stage,
    export_stage,
    found_architecture,
    look_up,
    rank_stage,
    read_table,
    resume,
    run,
    search_stage,
    train_stage,
)
from dsrna.threat import parse_eps


def run_command(arguments: argparse.Namespace, console: Console) -> None:
    recipe = _to_search(named(arguments.recipe), arguments)
    board = arguments.tensorboard
    result = run(recipe, arguments.out, reporter=Terminal(console), table=arguments.table, tensorboard=board)
    _show(RunFolder(result.folder), console)


def search_command(arguments: argparse.Namespace, console: Console) -> None:
    target = arguments.target
    known = target in RECIPES
    if not known and arguments.out is not None:
        raise UserError(f"{target} is the folder of a run, which goes on where it is; leave out --out")
    recipe = _to_search(named(target) if known else resume(Path(target)).recipe, arguments)
    truth = None if arguments.table is None else read_table(arguments.table, recipe)
    folder = arguments.out if known else Path(target)
    current = begin(recipe, folder, Terminal(console), tensorboard=arguments.tensorboard)
    genotype = search_stage(current)
    console.print(genotype.to_text(), soft_wrap=True, highlight=False)
    if truth is not None:
        look_up(current, truth, genotype)
    console.print(summary(current.folder))


def train_command(arguments: argparse.Namespace, console: Console) -> None:
    train_stage(_resumed(arguments.target, arguments, console, tensorboard=arguments.tensorboard))


def attack_command(arguments: argparse.Namespace, console: Console) -> None:
    current, network = _judged(arguments, console)
    attack_stage(current, again=True, network=network)
    _conclude(current.folder, console)


def certify_command(arguments: argparse.Namespace, console: Console) -> None:
    current, network = _judged(arguments, console)
    certify_stage(current, again=True, network=network)
    _conclude(current.folder, console)


def export_command(arguments: argparse.Namespace, console: Console) -> None:
    eps = None if arguments.eps is None else tuple(map(parse_eps, filter(str.strip, arguments.eps.split(","))))
    settings = ExportSettings(arguments.onnx, arguments.vnnlib, eps, arguments.images, arguments.timeout)
    current = resume(arguments.target, Terminal(console))
    if arguments.data_dir is not None:
        moved = {"data": {"directory": str(arguments.data_dir)}}
        current = begin(overridden(current.recipe, moved, where="option"), arguments.target, Terminal(console))
    instances = export_stage(current, settings)
    console.print(f"network: {settings.onnx}", soft_wrap=True, highlight=False)
    if settings.vnnlib is not None:
        told = f"properties: {len(instances)}, listed in {settings.vnnlib / 'instances.csv'}"
        console.print(told, soft_wrap=True, highlight=False)


def report_command(arguments: argparse.Namespace, console: Console) -> None:
    folder = ComparisonFolder(arguments.target)
    if folder.cells.is_dir() or folder.result.exists():
        report_comparison(arguments, folder, console)
        return
    current = resume(arguments.target)
    if arguments.table is not None:
        truth = read_table(arguments.table, current.recipe)
        look_up(current, truth, found_architecture(current))
    if arguments.serve:
        serve(run_site(current.folder), arguments.port, Terminal(console).say)
    else:
        _conclude(current.folder, console)


def rank_command(arguments: argparse.Namespace, console: Console) -> None:
    recipe = _recipe(named(arguments.recipe), arguments)
    truth, settings, columns = GroundTruth.read(arguments.table), rank_settings(arguments), rank_columns(arguments)
    architectures = rank_architectures(arguments, truth, recipe.seed)
    current = begin(recipe, rank_folder(arguments, recipe), Terminal(console))
    for table in ranking_tables(rank_stage(current, architectures, truth, columns, settings)):
        console.print(table)
    console.print(f"ranking: {current.folder.ranking}", soft_wrap=True, highlight=False)


def compare_command(arguments: argparse.Namespace, console: Console) -> None:
    base = named(arguments.recipe)
    grid = compared_grid(arguments, _configured(base, arguments))
    reporter = Terminal(console)
    for line in given_way(grid, base, str(arguments.config)):
        reporter.say(line)
    folder = ComparisonFolder(compare_folder(arguments))
    keeper = Keeper(folder)
    try:
        found = compare(
            grid,
            folder.path,
            baseline=arguments.baseline,
            place=chosen_place(arguments),
            threads=arguments.worker_threads,
            reporter=reporter,
            noted=keeper.note,
        )
    except KeyboardInterrupt:
        keeper.draw()
        if folder.page.exists():
            console.print(f"comparison so far: {folder.page}", soft_wrap=True, highlight=False)
        raise
    keeper.draw()
    show_comparison(found, folder, console)
    if all(row.failure is not None for row in found.rows):
        raise UserError("every run of the comparison failed; why, stands above and on its page")


def list_command(arguments: argparse.Namespace, console: Console) -> None:
    listing.show(arguments.kind, console)


def data_command(arguments: argparse.Namespace, console: Console) -> None:
    if arguments.action == "fetch":
        data.fetch(arguments.name, arguments.data_dir, Terminal(console))
    else:
        console.print(data.check(arguments.name, arguments.data_dir), soft_wrap=True, highlight=False)


COMMANDS: Final[dict[str, Callable[[argparse.Namespace, Console], None]]] = {
    "run": run_command,
    "search": search_command,
    "train": train_command,
    "attack": attack_command,
    "certify": certify_command,
    "export": export_command,
    "report": report_command,
    "rank": rank_command,
    "compare": compare_command,
    "list": list_command,
    "data": data_command,
}

SHARED: Final = ("run", "search", "train")
"""The commands that several processes share the work of."""


def _recipe(base: Recipe, arguments: argparse.Namespace) -> Recipe:
    """The named recipe, then the fields of ``--config``, then the single options."""
    return overridden(_configured(base, arguments), changes(arguments), where="option")


def _to_search(base: Recipe, arguments: argparse.Namespace) -> Recipe:
    """A recipe that is searched by: an option that does nothing under its method is a ``UserError``.

    So is any of the search beside an architecture, which is taken instead: a size would not be held, nor a method used.
    """
    recipe, given = _recipe(base, arguments), changes(arguments).get("search", {})
    if recipe.architecture is None:
        check_given(given, [recipe.search.method], [recipe.goal])
        return recipe
    before = to_plain(_configured(base, arguments).search)
    idle = [name for name, value in given.items() if merged(before, {name: value}) != before]
    if idle:
        raise UserError(
            f"search.{idle[0]} does nothing beside architecture {shown(recipe.architecture)}, which is taken without a "
            "search; leave one of them out, or search with --architecture none"
        )
    return recipe


def _configured(base: Recipe, arguments: argparse.Namespace) -> Recipe:
    if arguments.config is None:
        return base
    return overridden(base, read_yaml(Path(arguments.config)), where=arguments.config)


def _resumed(folder: Path, arguments: argparse.Namespace, console: Console, *, tensorboard: bool = False) -> Run:
    """A run folder's run; options may change the evaluation, and where data and tensors are."""
    before = resume(folder)
    return begin(_recipe(before.recipe, arguments), folder, Terminal(console), tensorboard=tensorboard)


def _judged(arguments: argparse.Namespace, console: Console) -> tuple[Run, nn.Module | None]:
    """A run folder's run; or with --model one about a network of the user's own, on a recipe's data."""
    if arguments.model is not None:
        recipe = _recipe(named(str(arguments.target)), arguments)
        return begin_own(recipe, arguments.model, arguments.weights, arguments.out, Terminal(console))
    for name in ("weights", "out"):
        if getattr(arguments, name) is not None:
            raise UserError(f"--{name} is for a network of your own; say which with --model package.module:function")
    return _resumed(arguments.target, arguments, console), None


def _conclude(folder: RunFolder, console: Console) -> None:
    write_report(folder)
    _show(folder, console)


def _show(folder: RunFolder, console: Console) -> None:
    console.print(summary(folder))
    console.print(f"report: {folder.report}", soft_wrap=True, highlight=False)
