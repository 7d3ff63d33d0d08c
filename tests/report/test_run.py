"""What a run folder holds."""

from pathlib import Path

import pytest
from sample_run import MODEL, full_run

from dsrna.errors import UserError
from dsrna.report.run import read_run
from dsrna.runtime.files import write_json, write_text
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
