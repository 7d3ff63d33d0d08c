"""Make requirements.lock of constraints.txt, or hold one against the other: ``make lock``, and within ``make check``.

The lock names the same versions, each with the SHA-256 of the files that the public index offers for Linux on x86-64
under every Python that is supported. torch is left out: which of its builds is right is for the machine to say.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PINS: Final = ROOT / "constraints.txt"
LOCK: Final = ROOT / "requirements.lock"
PYTHONS: Final = ("3.11.14", "3.12.12", "3.13.11")
PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64")
FREE: Final = {"torch": "a build for the CPU or for the GPU's CUDA is the machine's own; install it first"}
"""What is pinned and not locked, and why."""

HEADER: Final = """\
# What constraints.txt pins, with the digests of the files. Made by `make lock`; not to be edited.
#     pip install --no-deps --require-hashes --requirement requirements.lock
"""
PIN: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)")
HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def normal(name: str) -> str:
    """Return a package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    """Return the version of each package of a constraints file."""
    lines = (line.strip() for line in text.splitlines())
    found = (PIN.fullmatch(line) for line in lines if line and not line.startswith("#"))
    return {normal(match[1]): match[2] for match in found if match is not None}


def written(pins: Mapping[str, str], hashes: Mapping[str, Iterable[str]]) -> str:
    """Return the lock's text."""
    parts = [HEADER, *(f"# {name}=={pins[name]}: {why}\n" for name, why in FREE.items() if name in pins)]
    for name in sorted(pins.keys() - FREE.keys()):
        digests = "".join(f" \\\n    --hash=sha256:{digest}" for digest in sorted(set(hashes[name])))
        parts.append(f"{name}=={pins[name]}{digests}\n")
    return "".join(parts)


def faults(lock: str, constraints: str) -> Iterator[str]:
    """Yield what is wrong with a lock: packages or versions other than those that are pinned, lines without digests."""
    pins, entries = pinned(constraints), dict[str, str]()
    for line in lock.replace("\\\n", " ").splitlines():
        if line.startswith("#"):
            continue
        pin, *rest = line.split()
        match = PIN.fullmatch(pin)
        if match is None or not rest or not all(map(HASH.fullmatch, rest)):
            yield f"{line.strip()!r} is not a version and its digests"
        else:
            entries[match[1]] = match[2]
    wanted = {name: version for name, version in pins.items() if name not in FREE}
    for name in sorted(wanted.keys() | entries.keys()):
        locked, meant = entries.get(name, "missing"), wanted.get(name, "missing")
        if locked != meant:
            yield f"{name} is {locked} in the lock, {meant} in constraints.txt"


def offered(pins: Mapping[str, str], python: str) -> dict[str, str]:
    """Ask pip, and no configuration of this machine's, for the digest of the file of each pin; nothing is installed."""
    wanted = [f"{name}=={version}" for name, version in pins.items() if name not in FREE]
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-version", python, *platforms, "--target", "nowhere"]
    command += ["--report", "-", *wanted]
    plain = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    done = subprocess.run(command, env=plain, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    items = json.loads(done.stdout)["install"]
    return {
        normal(item["metadata"]["name"]): item["download_info"]["archive_info"]["hashes"]["sha256"] for item in items
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say what is wrong; no network is needed")
    constraints = PINS.read_text()
    if parser.parse_args().check:
        found = list(faults(LOCK.read_text(), constraints))
        sys.stdout.write("".join(f"requirements.lock: {fault}; `make lock` makes it anew\n" for fault in found))
        return 1 if found else 0
    pins = pinned(constraints)
    rounds = [offered(pins, python) for python in PYTHONS]
    LOCK.write_text(written(pins, {name: [each[name] for each in rounds] for name in rounds[0]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
