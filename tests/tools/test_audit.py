"""The audit says what is known, and what it could not ask."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from audit import audited

FAULT = {"id": "PYSEC-0000-1", "fix_versions": ["1.1"], "aliases": [], "description": "a fault"}
CLEAN = {"name": "a", "version": "1.0", "vulns": []}
FAULTY = {"name": "b", "version": "1.0", "vulns": [FAULT]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


def program(folder: Path, script: str) -> str:
    """Return a program that stands for pip-audit."""
    path = folder / "pip-audit"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def answering(folder: Path, *packages: Mapping[str, object]) -> str:
    return program(folder, f"echo '{json.dumps({'dependencies': packages})}'")


def test_a_known_vulnerability_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a version with a known hole stays pinned."""
    assert audited(answering(tmp_path, CLEAN, FAULTY, UNKNOWN), tmp_path, 10.0) == 1
    assert capsys.readouterr().out.splitlines() == [
        "audit: b 1.0: PYSEC-0000-1, mended in 1.1",
        "audit: 2 of 3 packages are known, 1 vulnerabilities",
    ]


def test_none_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, nobody knows whether there was an audit."""
    assert audited(answering(tmp_path, CLEAN), tmp_path, 10.0) == 0
    assert capsys.readouterr().out == "audit: 1 of 1 packages are known, 0 vulnerabilities\n"


def test_what_could_not_be_asked_is_no_clean_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a machine without a network fails `make check`, hangs in it, or calls unknown packages sound."""
    failing = {
        "not installed": None,
        "no database that knows any": f"echo '{json.dumps({'dependencies': [UNKNOWN]})}'",
        "reached no database": "echo no network >&2; exit 1",
    }
    for said, script in failing.items():
        assert audited(None if script is None else program(tmp_path, script), tmp_path, 10.0) == 0
        out = capsys.readouterr().out
        assert out.startswith("audit: skipped: ")
        assert said in out
        assert out.count("\n") == 1
    assert audited(str(tmp_path / "nowhere"), tmp_path, 10.0) == 0
    assert "reached no database" in capsys.readouterr().out
    assert audited(program(tmp_path, "exec sleep 60"), tmp_path, 0.1) == 0
    assert "no answer within 0.1 seconds" in capsys.readouterr().out
