"""The grammar of the command line."""

import argparse
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from dsrna.cli.comparing import add_compare
from dsrna.cli.listing import KINDS
from dsrna.cli.options import ATTACK, CERTIFY, Short, add_options
from dsrna.cli.ranking import add_rank
from dsrna.errors import UserError

DESCRIPTION = (
    "Find neural architectures that withstand adversarial perturbations: search, train, attack, certify, report."
)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ``UserError``: one line, no usage text before it."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} (see `{self.prog} --help`)")


def glued(argv: Sequence[str]) -> list[str]:
    """Join an option and a value that begins with a minus, which argparse would take for an option."""
    parts: list[str] = []
    for part in argv:
        if parts and re.fullmatch(r"--[\w.-]+", parts[-1]) and re.match(r"-[\d.]", part):
            parts[-1] += f"={part}"
        else:
            parts.append(part)
    return parts


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="dsrna", description=DESCRIPTION, allow_abbrev=False)
    versions = f"dsrna {version('dsrna')}, torch {version('torch')}"
    parser.add_argument("--version", action="version", version=versions)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    _add_run(commands)
    _add_stages(commands)
    _add_export(commands)
    add_rank(commands)
    add_compare(commands)
    _add_list(commands)
    _add_data(commands)
    return parser


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
    run = commands.add_parser(
        "run", help="all stages in order, from data to report", usage="dsrna run RECIPE [options]", allow_abbrev=False
    )
    run.add_argument("recipe", metavar="RECIPE", help="see `dsrna list recipes`")
    run.add_argument("--out", type=Path, metavar="DIR", help="the run's folder; runs/<recipe>-<seed> by default")
    _add_table(run)
    _add_tensorboard(run)
    add_options(run)


def _add_stages(commands: "argparse._SubParsersAction[Parser]") -> None:
    search = commands.add_parser(
        "search", help="find a genotype", usage="dsrna search FOLDER|RECIPE [options]", allow_abbrev=False
    )
    search.add_argument("target", metavar="FOLDER|RECIPE", help="a run folder, or a recipe to begin one")
    search.add_argument("--out", type=Path, metavar="DIR", help="the new run's folder")
    _add_table(search)
    _add_tensorboard(search)
    add_options(search)
    train = commands.add_parser(
        "train", help="train the genotype's network", usage="dsrna train FOLDER [options]", allow_abbrev=False
    )
    train.add_argument("target", type=Path, metavar="FOLDER", help="a run folder")
    _add_tensorboard(train)
    add_options(train)
    _add_judging(commands, "attack", "attack the trained network, or one of your own", ATTACK)
    _add_judging(commands, "certify", "certify the trained network, or one of your own", CERTIFY)
    report = commands.add_parser("report", help="write the page of a run, or of a comparison", allow_abbrev=False)
    report.add_argument("target", type=Path, metavar="FOLDER", help="a run folder, or a comparison's")
    report.add_argument("--serve", action="store_true", help="show it to this machine's browsers, and follow it")
    report.add_argument("--port", type=int, metavar="N", default=8000, help="of --serve; 8000 by default, 0: any free")
    _add_table(report)


def _add_judging(commands: "argparse._SubParsersAction[Parser]", name: str, text: str, short: dict[str, Short]) -> None:
    usage = f"dsrna {name} FOLDER [options]\n       dsrna {name} RECIPE --model PACKAGE.MODULE:FUNCTION [options]"
    judging = commands.add_parser(name, help=text, usage=usage, allow_abbrev=False)
    judging.add_argument("target", type=Path, metavar="FOLDER|RECIPE", help="a run folder; with --model, whose data")
    judging.add_argument(
        "--model",
        metavar="PACKAGE.MODULE:FUNCTION",
        help="a function that returns your torch.nn.Module: its code is imported and run, as you say",
    )
    judging.add_argument("--weights", type=Path, metavar="FILE", help="its state dict: safetensors, or by torch.save")
    judging.add_argument("--out", type=Path, metavar="DIR", help="with --model: the folder for what is found")
    add_options(judging, short)


def _add_table(command: argparse.ArgumentParser) -> None:
    text = "a published table (CSV, .gz or not), to look the architecture up in"
    command.add_argument("--table", type=Path, metavar="FILE", help=text)


def _add_tensorboard(command: argparse.ArgumentParser) -> None:
    text = "write scalars, figures and the graph for TensorBoard into the folder's tensorboard/"
    command.add_argument("--tensorboard", action="store_true", help=text)


def _add_export(commands: "argparse._SubParsersAction[Parser]") -> None:
    export = commands.add_parser("export", help="write the network for other tools and verifiers", allow_abbrev=False)
    export.add_argument("target", type=Path, metavar="FOLDER", help="a run folder")
    export.add_argument("--onnx", type=Path, metavar="FILE", required=True, help="where the network goes")
    export.add_argument("--vnnlib", type=Path, metavar="DIR", help="where a property for each image and eps goes")
    export.add_argument("--eps", metavar="8/255,...", help="radii of the L-inf balls; those certified by default")
    export.add_argument("--images", type=int, metavar="N", help="so many test images; those certified by default")
    export.add_argument("--timeout", type=int, metavar="N", default=300, help="seconds a property; 300 by default")
    export.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data lie")


def _add_list(commands: "argparse._SubParsersAction[Parser]") -> None:
    listing = commands.add_parser("list", help="what there is", allow_abbrev=False)
    listing.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(KINDS))


def _add_data(commands: "argparse._SubParsersAction[Parser]") -> None:
    data = commands.add_parser("data", help="fetch or check a data set", allow_abbrev=False)
    actions = data.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    for name, text in (("fetch", "download a data set, checksums compared"), ("check", "look at what is on the disk")):
        action = actions.add_parser(name, help=text, allow_abbrev=False)
        action.add_argument("name", metavar="NAME", help="see `dsrna list data`")
        action.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data lie, or will")
