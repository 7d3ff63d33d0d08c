"""What is not there is fetched, and what cannot be fetched is told with the places looked at."""

from pathlib import Path

import pytest
import torch
from data_files import write_classes

from dsrna.data import DataSettings, load, obtain
from dsrna.data.downloads import DOWNLOADS
from dsrna.errors import UserError
from dsrna.runtime.progress import Silent

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data in any of the places."""
    monkeypatch.delenv("DSRNA_DATA", raising=False)
    monkeypatch.setattr("dsrna.data.places.pooch.os_cache", lambda _: tmp_path / "cache")


def test_missing_files_are_fetched_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, the first run on a machine with a network ends with 'not found'."""
    fetched: list[str] = []
    monkeypatch.setattr("dsrna.data.obtaining.fetch", lambda name, *_: fetched.append(name))
    with pytest.raises(UserError, match="found in none"):
        obtain(DataSettings("mnist", directory=tmp_path), seed=0, device=CPU, reporter=Silent())
    assert fetched == ["mnist"]


def test_both_reasons_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a user without a network does not learn where to put the files."""

    def offline(*_: object) -> None:
        raise UserError("nobody answers")

    monkeypatch.setattr("dsrna.data.obtaining.fetch", offline)
    with pytest.raises(UserError, match="found in none.*nobody answers"):
        obtain(DataSettings("cifar10", directory=tmp_path), seed=0, device=CPU, reporter=Silent())


def test_what_is_not_ours_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a mistyped image folder starts a download."""
    monkeypatch.setattr("dsrna.data.obtaining.fetch", lambda *_: pytest.fail("fetched"))
    with pytest.raises(UserError):
        obtain(DataSettings("imagenet", directory=tmp_path, image_size=64), seed=0, device=CPU, reporter=Silent())
    assert "imagenet" not in DOWNLOADS


def test_what_is_there_is_loaded() -> None:
    """If this fails, data that need no file are not loaded as before."""
    settings = DataSettings("digits")
    obtained = obtain(settings, seed=0, device=CPU, reporter=Silent())
    assert torch.equal(obtained.train.labels, load(settings, seed=0, device=CPU).train.labels)


@pytest.mark.parametrize("split", [False, True])
def test_what_was_passed_over_is_said(split: bool, tmp_path: Path) -> None:
    """If this fails, `dsrna run folder` leaves out images in silence."""
    for part in ("train", "test") if split else (".",):
        write_classes(tmp_path / part, {"a": 3, "b": 3})
        (tmp_path / part / "a" / "x.heic").touch()
    said: list[str] = []

    class Heard(Silent):
        def say(self, text: str) -> None:
            said.append(text)

    settings = DataSettings("folder", tmp_path, image_size=4, limit=4)
    obtain(settings, seed=0, device=CPU, reporter=Heard())
    (only,) = said
    assert only.startswith(f"{1 + split} file")
