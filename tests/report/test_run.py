"""What a run folder holds."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from sample_run import CERTIFY, MODEL, full_run

from dsrna.errors import UserError
from dsrna.report.run import read_run
from dsrna.runtime.files import read_json, read_json_lines, write_json, write_json_lines, write_text
from dsrna.runtime.run_folder import RunFolder

READ = [
    "recipe.yaml",
    "environment.json",
    "search/genotype.json",
    "search/history.jsonl",
    "train/history.jsonl",
    "train/model.json",
    "attack.json",
    "certify.json",
]


def test_a_whole_run_is_read(tmp_path: Path) -> None:
    """Else the report would miss something that is there."""
    run = read_run(full_run(tmp_path))
    assert (run.name, len(run.search), len(run.training), run.attacks, run.chance) == ("digits-0", 15, 30, 3, 0.1)


@pytest.mark.parametrize("missing", READ)
def test_any_file_may_be_missing(tmp_path: Path, missing: str) -> None:
    """Else there would be no report of a run that was stopped."""
    folder = full_run(tmp_path)
    (folder.path / missing).unlink()
    assert read_run(folder).name == "digits-0"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("content", ["{", "7", "[[]]"])
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, name: str, content: str) -> None:
    """Else the user could not tell which file to mend."""
    folder = full_run(tmp_path)
    write_text(folder.path / name, content)
    with pytest.raises(UserError) as error:
        read_run(folder)
    assert str(folder.path / name) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("attack.json", {"seconds": math.nan}, "must be finite and within 1e+100, not 'NaN'"),
        ("attack.json", {"rows": [], "worst": []}, "rows must hold one attack"),
        ("attack.json", {"clean": {"correct": 10**400, "total": 10**400}}, "must be finite"),
        ("certify.json", {"norms": [{**CERTIFY["norms"][0], "rows": []}]}, "norms.0: rows must hold one eps"),
        ("certify.json", {"norms": [{**CERTIFY["norms"][0], "mean_radius": math.inf}]}, "must be finite"),
        ("environment.json", {"threads": -(10**400)}, "must be finite"),
        ("train/model.json", {"multiply_adds": 1e308}, "must be finite"),
        ("search/genotype.json", {"space": {"darts": 1}}, "unknown space {'darts': 1}"),
    ],
)
def test_a_value_that_cannot_be_is_named(tmp_path: Path, name: str, fields: dict[str, Any], reason: str) -> None:
    """If this fails, JSON that is well-formed ends a report in a traceback, or is a number in it."""
    folder = full_run(tmp_path)
    path = folder.path / name
    write_text(path, json.dumps({**read_json(path), **fields}))
    with pytest.raises(UserError) as error:
        read_run(folder)
    assert str(error.value).startswith(str(path))
    assert reason in str(error.value)


@pytest.mark.parametrize("name", ["search/history.jsonl", "train/history.jsonl"])
@pytest.mark.parametrize(
    ("row", "reason"), [("3", "must be a mapping of fields, not 3"), ('{"loss": 1e308}', "must be finite")]
)
def test_a_line_of_a_history_that_cannot_be_is_named(tmp_path: Path, name: str, row: str, reason: str) -> None:
    """If this fails, a damaged history is a traceback of the plots, or an error about something else."""
    folder = full_run(tmp_path)
    write_text(folder.path / name, f"{row}\n")
    with pytest.raises(UserError) as error:
        read_run(folder)
    assert str(error.value).startswith(f"{folder.path / name}, line 1: ")
    assert reason in str(error.value)


def test_a_search_without_shares_is_drawn(tmp_path: Path) -> None:
    """If this fails, a history that names no operation ends a report in a traceback."""
    folder = full_run(tmp_path)
    write_json_lines(folder.search_history, [{**row, "shares": {}} for row in read_json_lines(folder.search_history)])
    assert read_run(folder).figures()


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    """Else a file of another version would fail somewhere else, or show a wrong number."""
    folder = full_run(tmp_path)
    write_json(folder.model, {name: value for name, value in MODEL.items() if name != "parameters"})
    with pytest.raises(UserError, match=r"model\.json.*parameters"):
        read_run(folder)


def test_certificates_of_an_older_version_say_how_to_make_them_anew(tmp_path: Path) -> None:
    """Else a run of an older version would end in an error that nobody can act upon."""
    folder = full_run(tmp_path)
    write_json(folder.certify, {"schema": 1, "method": "interval"})
    with pytest.raises(UserError, match=r"certify\.json.*schema 1.*run `dsrna certify .*digits-0` again"):
        read_run(folder)


def test_the_genotype_comes_from_the_network_where_there_was_no_search(tmp_path: Path) -> None:
    """Else a run with a given architecture would not show it."""
    folder = full_run(tmp_path)
    genotype = read_run(folder).genotype
    folder.genotype.unlink()
    assert read_run(folder).genotype == genotype


def test_another_folder_is_not_a_run(tmp_path: Path) -> None:
    """Else a mistyped path would give an empty page and no error."""
    with pytest.raises(UserError, match="is not a run folder"):
        read_run(RunFolder(tmp_path))
