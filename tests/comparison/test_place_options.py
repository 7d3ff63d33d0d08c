"""``dsrna compare --on``."""

import pytest

from dsrna.cli import main
from dsrna.comparison.places.place import check_workers
from dsrna.errors import UserError
from dsrna.runtime import extras

COMMAND = ("compare", "digits-small", "--methods", "random")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--on", "moon"], "invalid choice: 'moon'"),
        (["--ray.address", "x:1"], "--ray.address is for --on ray"),
        (["--on", "ray", "--slurm.minutes", "5"], "--slurm.minutes is for --on slurm"),
        (["--worker-threads", "0"], "a thread at least"),
        (["--workers", "0"], "a worker at least"),
    ],
)
def test_mistakes_end_in_a_line(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a mistake of the user's ends in a traceback, or an option is passed over in silence."""
    assert main([*COMMAND, *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("workers", [0, -1])
def test_every_place_needs_a_worker(workers: int) -> None:
    """If this fails, a comparison elsewhere waits without end for nobody, or takes it for no limit."""
    with pytest.raises(UserError, match="a worker at least"):
        check_workers(workers)
    check_workers(None)


@pytest.mark.parametrize(("place", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_without_the_extra_it_says_what_to_install(
    place: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a plain installation ends in a traceback."""
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    assert main([*COMMAND, "--on", place]) == 2
    assert capsys.readouterr().err == (
        f"dsrna: error: --on {place} needs {package}, not installed here; "
        f"in dsrna's checkout: pip install --constraint constraints.txt '.[{place}]'\n"
    )
