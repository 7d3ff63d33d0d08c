"""Hold what is pinned against a database of known vulnerabilities, where one is at hand: within ``make check``.

``pip-audit`` asks the database, if it is installed; it is not among what is needed. Exit status 1 if there is a known
vulnerability; 0, and a line that says so, where nothing could be asked: no audit is not a clean one.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PINS: Final = Path(__file__).parents[1] / "constraints.txt"
PATIENCE: Final = 120.0
"""Seconds that the whole audit may take."""


class SkippedError(Exception):
    """There was no audit; why."""


def asked(program: str, pins: Path, patience: float) -> list[dict[str, Any]]:
    """Return what the database says of each package."""
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    command = [program, *options, "--disable-pip", "--no-deps", "--requirement", str(pins)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=patience)  # noqa: S603
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        raise SkippedError(f"no answer within {patience:g} seconds") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise SkippedError("pip-audit reached no database") from None
    if not any("vulns" in package for package in packages):
        raise SkippedError("pip-audit reached no database that knows any of the packages")
    return packages


def told(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each known vulnerability."""
    for package in packages:
        for fault in package.get("vulns", ()):
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}"


def audited(program: str | None, pins: Path, patience: float) -> int:
    """Print what there is to say; return the exit status."""
    if program is None:
        return _skipped("pip-audit is not installed (pip install pip-audit)")
    try:
        packages = asked(program, pins, patience)
    except SkippedError as why:
        return _skipped(str(why))
    found = list(told(packages))
    known = sum("vulns" in package for package in packages)
    sys.stdout.write("".join(f"audit: {line}\n" for line in found))
    sys.stdout.write(f"audit: {known} of {len(packages)} packages are known, {len(found)} vulnerabilities\n")
    return 1 if found else 0


def _skipped(why: str) -> int:
    sys.stdout.write(f"audit: skipped: {why}\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=shutil.which("pip-audit"), help="where pip-audit is")
    parser.add_argument("--pins", type=Path, default=PINS, help="what is audited")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that it may take")
    options = parser.parse_args()
    return audited(options.program, options.pins, options.patience)


if __name__ == "__main__":
    sys.exit(main())
