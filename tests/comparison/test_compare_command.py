"""``dsrna compare`` with real runs, tiny ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from comparison_cases import tiny

from dsrna.cli import main
from dsrna.cli.comparing import compared_grid, given_way
from dsrna.cli.parser import make_parser
from dsrna.comparison import Comparison, Grid
from dsrna.comparison.grid import NEAR
from dsrna.comparison.worker import Job, in_a_process
from dsrna.recipes import load, overridden
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.run_folder import RunFolder

SMALL = (
    "--data.limit=100",
    "--training.epochs=1",
    "--attack.images=20",
    "--attack.attacks=fgsm",
    "--certify.images=4",
    "--network.cells=2",
    "--network.channels=4",
)


def test_a_comparison_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a grid of real runs does not come to its tables, or runs again what is there."""
    command = ["compare", "digits-small", "--methods", "random", "--seeds", "0,7", *SMALL, "--out", str(tmp_path)]
    assert main(command) == 0
    cell = RunFolder(tmp_path / "cells" / "random-standard-7")
    assert cell.report.exists()
    written = cell.report.stat().st_mtime_ns
    assert main(command) == 0
    assert cell.report.stat().st_mtime_ns == written
    said = capsys.readouterr().out
    assert "random" in said
    assert "radius" in said
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {
        "comparison.json",
        "comparison.csv",
        "comparison.html",
        "comparison.md",
        "comparison.tex",
    }


def test_searches_are_shared_and_controls_stand_beside(tmp_path: Path) -> None:
    """If this fails, real runs refuse what a grid asks of them, and a way of training less makes failures of them."""
    contenders = ["--methods", "darts", "--architectures", "racl", "--seeds", "1", "--workers", "2"]
    space = ("--space.cells=2", "--space.channels=4", "--space.nodes=2")
    search = ("--search.epochs=2", "--search.warmup_epochs=1", "--search.batch_size=20", "--search.images=60")
    command = ["compare", "digits-small", *contenders, *space, *search, *SMALL, "--out", str(tmp_path)]
    assert main([*command, "--trainings", "standard,fast"]) == 0
    found = Comparison.load(tmp_path)
    assert [row.failure for row in found.rows] == [None] * 8
    folder = ComparisonFolder(tmp_path)
    assert folder.cell("darts-fast-0").genotype.read_text() == folder.cell("darts-standard-0").genotype.read_text()
    size = {row.cell.name: row.measures["parameters"] for row in found.rows}
    for name in ("darts", "racl"):
        assert size[f"random-beside-{name}-fast-0"] == pytest.approx(size[f"{name}-fast-0"], rel=NEAR)
    reports = list(tmp_path.glob("cells/*/report.html"))
    written = [path.stat().st_mtime_ns for path in reports]
    assert main([*command, "--trainings", "fast"]) == 0
    assert main([*command, "--trainings", "fast,standard"]) == 0
    assert [path.stat().st_mtime_ns for path in reports] == written
    assert [row.failure for row in Comparison.load(tmp_path).rows] == [None] * 8


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    """If this fails, a failed cell stands in the table without its reason."""
    recipe = overridden(tiny(), {"data": {"limit": 5}}, where="test")
    assert in_a_process(Job("x", recipe, ComparisonFolder(tmp_path), 1)) == (
        "limit 5 is too small: two images of each of 10 classes are 20"
    )


def test_a_recipe_of_ones_own_name_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, every cell of a grid whose recipe comes from a file fails, for its name is not registered."""
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    command = ["compare", "digits-small", "--config", str(tmp_path / "mine.yaml"), "--methods", "random"]
    assert main([*command, "--seeds", "1", *SMALL, "--out", str(tmp_path / "out")]) == 0
    cell = RunFolder(tmp_path / "out" / "cells" / "random-standard-0")
    assert load(cell.recipe).name == "mine"
    assert "failed" not in capsys.readouterr().out


def test_what_a_file_says_of_single_runs_and_is_not_used_is_said(tmp_path: Path) -> None:
    """If this fails, somebody who gives a run's recipe takes its seed or its method to be among those compared."""
    changes = {"seed": 7, "training": {"method": "pgd"}, "search": {"method": "darts"}}
    grid = Grid(overridden(tiny(), changes, where="test"), methods=("random", "darts"), seeds=(0, 1))
    assert list(given_way(grid, tiny(), "mine.yaml")) == [
        "compare: seed 7 of mine.yaml is not used: seeds are the comparison's own"
    ]
    assert len(list(given_way(replace(grid, methods=("random",), trainings=("standard",)), tiny(), "mine.yaml"))) == 3
    assert not list(given_way(Grid(tiny(), methods=("random",)), tiny(), "mine.yaml"))


@pytest.mark.parametrize(("text", "seeds"), [("3", (0, 1, 2)), ("7,", (7,)), ("4, 2", (4, 2)), ("1", (0,))])
def test_seeds_are_so_many_or_these(text: str, seeds: tuple[int, ...]) -> None:
    """If this fails, one seed cannot be asked for by its number, or eight are run in its place."""
    arguments = make_parser().parse_args(["compare", "digits-small", "--methods", "random", "--seeds", text])
    assert compared_grid(arguments, tiny()).seeds == seeds


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seeds", "many"], "--seeds must be how many"),
        (["--seeds", ","], "a seed at least"),
        (["--methods", "no-such"], "unknown method 'no-such'"),
        (["--worker-threads", "0"], "a thread at least"),
        (["--training.method", "pgd"], "training.method is each run's own in a comparison; say --trainings"),
        (["--baseline", "darts"], "baseline 'darts' is none of the contenders"),
    ],
)
def test_mistakes_end_in_a_line(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a mistake of the user's ends in a traceback."""
    assert main(["compare", "digits-small", "--methods", "random", "--out", str(tmp_path), *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
