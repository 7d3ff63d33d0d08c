"""``dsrna rank``: which architectures, which metrics, held against what."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsrna.cli.options import ELSEWHERE, Short, add_options
from dsrna.errors import UserError
from dsrna.metrics import METRICS
from dsrna.ranking import GroundTruth, RankSettings
from dsrna.recipes import Recipe
from dsrna.runtime.files import read_text
from dsrna.runtime.seeds import generator
from dsrna.spaces import Architecture, find_architecture

if TYPE_CHECKING:
    from dsrna.cli.parser import Parser

RANK: Final[dict[str, Short]] = {
    "training": Short(("training.method",), "by which each network is trained for --steps (dsrna list trainings)"),
    **ELSEWHERE,
}


def add_rank(commands: "argparse._SubParsersAction[Parser]") -> None:
    rank = commands.add_parser(
        "rank",
        help="score architectures by metrics, against ground truth",
        usage="dsrna rank RECIPE --table FILE --truth COLUMN [options]",
        allow_abbrev=False,
    )
    rank.add_argument("recipe", metavar="RECIPE", help="its data, network, training and search.metric are used")
    rank.add_argument("--architectures", nargs="+", metavar="NAME", default=[], help="names, texts or genotype files")
    rank.add_argument("--list", type=Path, metavar="FILE", help="more of them, one a line")
    rank.add_argument("--sample", type=int, metavar="N", help="and so many drawn from the table")
    rank.add_argument("--table", type=Path, metavar="FILE", required=True, help="CSV with ground truth, .gz or not")
    rank.add_argument("--truth", metavar="COLUMN,...", required=True, help="columns of the table")
    rank.add_argument("--metrics", metavar="NAME,...", help="all by default (dsrna list metrics)")
    rank.add_argument("--steps", type=int, metavar="N", default=0, help="of training; 0, the default: initialisation")
    rank.add_argument("--images", type=int, metavar="N", default=64, help="that a metric sees; 64 by default")
    rank.add_argument("--out", type=Path, metavar="DIR", help="runs/rank-<recipe>-<seed> by default")
    add_options(rank, RANK)


def rank_settings(arguments: argparse.Namespace) -> RankSettings:
    metrics = METRICS.names() if arguments.metrics is None else _names(arguments.metrics)
    return RankSettings(metrics=metrics, steps=arguments.steps, images=arguments.images)


def rank_columns(arguments: argparse.Namespace) -> tuple[str, ...]:
    return _names(arguments.truth)


def rank_folder(arguments: argparse.Namespace, recipe: Recipe) -> Path:
    folder: Path | None = arguments.out
    return folder or Path("runs") / f"rank-{recipe.name}-{recipe.seed}"


def rank_architectures(arguments: argparse.Namespace, truth: GroundTruth, seed: int) -> list[Architecture]:
    """Return those that were named, listed and drawn, each class of equals once; none is a ``UserError``."""
    drawn = [] if arguments.sample is None else truth.sample(arguments.sample, generator(seed, "rank", "sample"))
    named = [find_architecture(name) for name in (*arguments.architectures, *_listed(arguments.list))]
    there = {architecture.identity(): architecture for architecture in reversed([*named, *drawn])}
    if not there:
        raise UserError("no architecture to rank: name some, or give --list FILE or --sample N")
    return list(reversed(there.values()))


def _listed(path: Path | None) -> Iterator[str]:
    lines = [] if path is None else read_text(path).splitlines()
    return (line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))
