"""A folder of a hundred thousand files."""

import tracemalloc
from pathlib import Path

import pytest
from data_files import CPU, write_classes

from dsrna.data import DataSettings
from dsrna.data.folder import folder

COUNT = 100_000
MOST = 2_000
"""Bytes a file, of all that is known of it: its path, its label, its place in the split, and 192 bytes of pixels."""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    write_classes(tmp_path, {"a": 1, "b": 1})
    for name in "ab":
        image = tmp_path / name / "000.png"
        for number in range(1, COUNT // 2):
            # Hard links of one file would be too many for some file systems.
            image.with_name(f"{number:06d}.png").symlink_to("000.png")
    return tmp_path


def test_they_are_listed_and_split_in_bounded_memory(many: Path) -> None:
    """Broken: a folder such as people have would take the memory of a machine before the first image is read."""
    tracemalloc.start()
    try:
        found = folder(DataSettings("folder", many, image_size=8), seed=0, device=CPU)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.train) + len(found.test) == COUNT
    assert most < MOST * COUNT
