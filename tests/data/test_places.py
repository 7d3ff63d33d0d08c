"""Where data is looked for, in which order, and what is said when it is nowhere."""

from pathlib import Path

import pytest
from data_files import hide_data, user_error

from dsrna.data.places import find, places


@pytest.fixture(autouse=True)
def _hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide_data(monkeypatch, tmp_path / "cache")


def test_directory_comes_first_then_the_variable_then_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Broken: --data-dir would be overruled by the environment."""
    monkeypatch.setenv("DSRNA_DATA", str(tmp_path / "variable"))
    assert places(tmp_path / "given") == (tmp_path / "given", tmp_path / "variable", tmp_path / "cache")
    monkeypatch.setenv("DSRNA_DATA", "")
    assert places(None) == (tmp_path / "cache",)


def test_first_place_that_has_a_file_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Broken: an older copy in the cache would be used instead."""
    monkeypatch.setenv("DSRNA_DATA", str(tmp_path / "variable"))
    for folder in ("cache/a", "variable/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "mark").touch()
    assert find("x", None, ("a", "b"), ("mark",), "") == tmp_path / "variable" / "b"


def test_nowhere_lists_the_places_and_the_remedy(tmp_path: Path) -> None:
    """Broken: the user would not know where to put the files."""
    with user_error("mnist", tmp_path / "a", tmp_path / "cache" / "a", "do this"):
        find("mnist", tmp_path, ("a",), ("mark",), "do this")


def test_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """Broken: a mistyped --data-dir would silently use other data."""
    with user_error(tmp_path / "mistyped", "does not exist"):
        find("mnist", tmp_path / "mistyped", ("a",), ("mark",), "")
