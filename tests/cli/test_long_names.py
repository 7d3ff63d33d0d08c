"""Names that are longer than any file's may be."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dsrna.cli import main

LONG = "a" * 300
RUN = ("run", "digits", "--out", "o")


@pytest.mark.parametrize(
    "argv",
    [
        (*RUN, "--architecture", LONG),
        (*RUN, "--architecture", f"genotype(normal=[{'(1, 2), ' * 50}])"),
        (*RUN, "--method", "random", "--search.like", LONG),
        (*RUN, "--data.name", "folder", "--data-dir", LONG),
        (*RUN, "--data.name", "mnist", "--data-dir", LONG),
        (*RUN, "--config", LONG),
        (*RUN, "--table", LONG),
        ("run", "digits", "--out", LONG),
        ("search", LONG),
        ("train", LONG),
        ("report", LONG),
        ("data", "check", "mnist", "--data-dir", LONG),
        ("data", "fetch", "mnist", "--data-dir", LONG),
        ("attack", "digits", "--model", "a:b", "--weights", LONG),
        ("rank", "digits", "--table", "t", "--truth", "x", "--list", LONG),
        ("rank", "digits", "--table", LONG, "--truth", "x"),
    ],
    ids=lambda argv: " ".join(argv)[:50],
)
def test_a_name_that_is_too_long_is_one_line(
    argv: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a text in the place of a file's name, or a folder that nothing can be in, is a traceback."""
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("dsrna: error: ")
    assert len(said) < 2_000
