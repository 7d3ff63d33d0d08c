"""Coverage-guided fuzzing of every reader by atheris: ``make fuzz``.

Atheris mutates what each reader reads when nothing is wrong, and follows what reaches new branches of ours. A
``UserError`` is right; anything else, and a reader that takes ten seconds or two GiB, ends with status 1 and the bytes
that did it. Without atheris (no wheel for this Python or system) this says so and ends with status 0.
"""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one reader in this process, which ends by it."""
    import atheris

    with atheris.instrument_imports(include=["dsrna"]):
        from test_fuzz import READERS, one_line_or_a_value

    read, original = READERS[name]
    corpus, path = folder / "corpus", folder / name
    corpus.mkdir()
    (corpus / "written").write_bytes(original)
    path.write_bytes(original)
    read(path)  # what is refused as it was written leads nowhere

    def once(data: bytes) -> None:
        path.write_bytes(data)
        one_line_or_a_value(lambda: read(path))

    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", f"-artifact_prefix={folder}/", str(corpus)], once)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help="which of the table of test_fuzz.py; all by default")
    parser.add_argument("--seconds", type=int, default=20, help="of each reader")
    parser.add_argument("--here", type=Path, help="fuzz one reader in this process, with this scratch folder")
    options = parser.parse_args()
    if find_spec("atheris") is None:
        sys.stdout.write("fuzz: skipped: atheris is not installed (pip install atheris)\n")
        return 0
    if options.here is not None:
        fuzz(options.readers[0], options.seconds, options.here)
        return 0
    return max([told(name, options.seconds) for name in options.readers or known()])


def known() -> list[str]:
    from test_fuzz import READERS

    return list(READERS)


def told(name: str, seconds: int) -> int:
    """Fuzz a reader in a process of its own; print how many inputs there were, or what went wrong."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, __file__, name, "--seconds", str(seconds), "--here", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
        runs = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        ended = f"failed with status {done.returncode}" if done.returncode else "nothing found"
        sys.stdout.write(f"{name}: {runs[0] if runs else 'no'} inputs, {ended}\n")
        if done.returncode:
            found = [f"{path.name}: {path.read_bytes()!r}" for path in Path(folder).glob("*-*") if path.is_file()]
            sys.stdout.write("\n".join([*done.stderr.splitlines()[-30:], *found, ""]))
        sys.stdout.flush()
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
