"""Loading by name: everything registered, and what a limit does."""

from pathlib import Path

import pytest
import torch
from data_files import CPU, hide_data, real_data, user_error, write_mnist

from dsrna.data import DATASETS, Dataset, DataSettings, TensorImages, dataset, load
from dsrna.testing.data import check_dataset

OWN = ("folder", "imagenet")


def test_unknown_name_lists_the_known() -> None:
    """Broken: a mistyped name would be a traceback."""
    with user_error("unknown data set 'minst'", "did you mean 'mnist'", "digits", "folder"):
        load(DataSettings("minst"), seed=0, device=CPU)


def test_every_record_says_what_it_is_and_where_from() -> None:
    """Broken: ``dsrna list data`` would have gaps."""
    assert DATASETS.names() == ("cifar10", "digits", "folder", "imagenet", "imagenette", "mnist")
    assert all(record.summary and record.source for record in DATASETS)


def test_digits_conform_and_never_change() -> None:
    """Broken: the demonstration would be judged on other images from run to run."""
    first, second = (load(DataSettings("digits"), seed=seed, device=CPU) for seed in (0, 1))
    check_dataset(first)
    assert (len(first.train), len(first.test), first.train.shape) == (1_438, 359, (1, 8, 8))
    assert first.test.read(torch.arange(359)).equal(second.test.read(torch.arange(359)))
    assert first.test.labels.bincount().min() >= 34
    assert set(first.train.read(torch.arange(1_438)).flatten().tolist()) == {level / 16 for level in range(17)}


@real_data
@pytest.mark.parametrize("name", [name for name in DATASETS.names() if name not in OWN])
def test_everything_registered_conforms(name: str) -> None:
    """Broken: a stage could not rely on a data set."""
    check_dataset(load(DataSettings(name, image_size=16, channels=3, limit=60), seed=0, device=CPU))


def test_limit_holds_for_each_split_and_follows_the_seed() -> None:
    """Broken: small recipes would not be small, or not repeatable."""
    sets = [load(DataSettings("digits", limit=100), seed=seed, device=CPU) for seed in (0, 0, 1)]
    pixels = [data.train.read(torch.arange(100)) for data in sets]
    assert sets[0].train.labels.bincount().tolist() == [10] * 10
    assert len(sets[0].test) == 100
    assert pixels[0].equal(pixels[1])
    assert not pixels[0].equal(pixels[2])


def test_limit_that_is_too_small_is_refused() -> None:
    """Broken: classes would be missing."""
    with user_error("limit 19", "10 classes", "20"):
        load(DataSettings("digits", limit=19), seed=0, device=CPU)


def test_limit_does_not_open_the_test_split(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Broken: training would touch the test split."""
    hide_data(monkeypatch, tmp_path / "cache")
    write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    data = load(DataSettings("mnist", tmp_path, limit=20), seed=0, device=CPU)
    assert len(data.train) == 20
    with user_error("t10k-labels"):
        len(data.test)


def test_data_set_of_a_plug_in_is_loaded_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken: the room could not be extended without changing it."""
    monkeypatch.setattr(DATASETS, "_records", dict(DATASETS._records))

    @dataset("halftones", summary="two grey images", source="this test")
    def halftones(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:
        images = TensorImages(torch.full((4, 1, 2, 2), 0.5), torch.tensor([0, 1, 0, 1]))
        return Dataset("halftones", ("dark", "light"), images, images)

    check_dataset(load(DataSettings("halftones"), seed=0, device=CPU))
