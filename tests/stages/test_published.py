"""--table: what a published table says of the architecture that was found."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_recipe

from dsrna.cli import main
from dsrna.recipes import overridden, to_yaml
from dsrna.runtime.run_folder import RunFolder

CELL = "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|avg_pool_3x3~1|skip_connect~2|"
OTHER = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
TABLE = f"""arch_str,std_cifar10_clean,std_cifar10_fgsm_1,std_cifar10_pgd_0.5,at_cifar10_autoattack,at_svhn_clean
{CELL},0.931,0.4,0.25,,0.5
{OTHER},0.8,0.5,0.1,0.2,0.6
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    changes = {"space": {"name": "nasbench201"}, "network": {"cells": 3}, "architecture": CELL}
    small = overridden(tiny_recipe(), {"space": {"cells": 3}}, where="test")
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(replace(overridden(small, changes, where="test"), name="digits")))
    return path


def test_a_search_tells_what_was_published(
    table: Path, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, the ground truth is not shown, or is that of another architecture or training."""
    out = tmp_path / "run"
    assert main(["search", "digits", "--config", str(config), "--out", str(out), "--table", str(table)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "93.1 %, percentile 75" in shown
    plain = json.loads(RunFolder(out).published.read_text())
    assert plain["data"] == "cifar10", "the table has no digits"
    assert {entry["column"]: entry["percentile"] for entry in plain["entries"]} == {
        "std_cifar10_clean": 0.75,
        "std_cifar10_fgsm_1": 0.25,
        "std_cifar10_pgd_0.5": 0.75,
    }


def test_the_page_tells_it_too(table: Path, config: Path, tmp_path: Path) -> None:
    """If this fails, `dsrna report --table` does not bring the ground truth to a run that had none."""
    out = tmp_path / "run"
    assert main(["search", "digits", "--config", str(config), "--out", str(out)]) == 0
    assert not RunFolder(out).published.exists()
    assert main(["report", str(out), "--table", str(table)]) == 0
    page = RunFolder(out).report.read_text()
    assert "pgd at 0.5/255" in page
    assert "published, standard training on cifar10" in page
    assert "fgsm at 1/255" not in page, "the page shows the usual attacks"
    assert main(["report", str(out)]) == 0
    assert "pgd at 0.5/255" in RunFolder(out).report.read_text()


def test_a_whole_run_looks_it_up(table: Path, config: Path, tmp_path: Path) -> None:
    """If this fails, `dsrna run --table` forgets the table."""
    options = ["--training.epochs", "1", "--attack.images", "10", "--certify.images", "4"]
    out = tmp_path / "run"
    assert main(["run", "digits", "--config", str(config), "--out", str(out), "--table", str(table), *options]) == 0
    assert "percentile 75" in RunFolder(out).report.read_text()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--architecture", "darts-v2"], "no architecture of space darts"),
        (["--architecture", CELL.replace("skip_connect", "none")], "has no row for"),
        (["--table", "nowhere.csv"], "cannot read nowhere.csv"),
    ],
)
def test_a_table_that_does_not_fit_is_told(
    options: list[str], reason: str, table: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a wrong table is found out after the search, or by a traceback."""
    out = str(config.parent / "run")
    assert main(["search", "digits", "--config", str(config), "--out", out, "--table", str(table), *options]) == 2
    assert reason in capsys.readouterr().err


def test_a_report_before_the_search_is_told(
    table: Path, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, looking up what has not been found ends in a traceback."""
    out = tmp_path / "run"
    out.mkdir()
    (out / "recipe.yaml").write_text(config.read_text())
    assert main(["report", str(out), "--table", str(table)]) == 2
    assert "has no genotype yet" in capsys.readouterr().err
