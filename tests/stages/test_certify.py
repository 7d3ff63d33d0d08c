"""Certifying a run again from the command line, and what is left in its folder."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import tiny_recipe

from dsrna.cli import main
from dsrna.evaluation import CertifyResult
from dsrna.runtime.files import write_json
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import begin, search_stage, train_stage


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run whose network is trained for one epoch."""
    recipe = tiny_recipe()
    short = replace(recipe, architecture="racl", training=replace(recipe.training, epochs=1))
    run = begin(short, tmp_path / "run")
    search_stage(run)
    train_stage(run)
    return run.folder


def test_several_norms_are_certified_and_written(folder: RunFolder) -> None:
    """Else the command line has norms that do not arrive, or the file of single images is missing."""
    options = ["--norm", "inf,2", "--eps", "1/255", "--certify.l2_eps", "0.1,0.2", "--images", "12"]
    assert main(["certify", str(folder.path), *options]) == 0
    found = CertifyResult.load(folder.certify)
    assert [len(each.rows) for each in found.norms] == [1, 2]
    lines = list(csv.DictReader(folder.certify_images.read_text().splitlines()))
    assert len(lines) == found.clean.total == 12
    assert sum(line["label"] == line["predicted"] for line in lines) == found.clean.correct
    assert "L2" in folder.report.read_text()


def test_smoothing_is_called_probable_everywhere(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a reader of the terminal, the file or the page takes it for a proof of the network."""
    few = ["--certify.smoothing.n0", "10", "--certify.smoothing.n", "50", "--images", "10"]
    assert main(["certify", str(folder.path), "--method", "smoothing", "--eps", "0.1", *few]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "probabilistic" in printed
    assert "probably certified" in printed
    assert '"guarantee": "probabilistic"' in folder.certify.read_text()
    assert "not of the network itself" in folder.report.read_text()


def test_an_old_result_says_how_to_make_it_anew(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a folder of an older version cannot be reported on, and nobody knows why."""
    write_json(folder.certify, {"schema": 1})
    assert main(["report", str(folder.path)]) == 2
    assert f"run `dsrna certify {folder.path}` again" in capsys.readouterr().err
    assert main(["certify", str(folder.path), "--images", "3"]) == 0
    assert main(["report", str(folder.path)]) == 0
