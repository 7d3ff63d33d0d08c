"""Whether what lies there is the data set, whole and readable."""

from pathlib import Path

import torch

from dsrna.data.batching import batches
from dsrna.data.downloads import DOWNLOADS
from dsrna.data.images import Images
from dsrna.data.loading import DATASETS, load
from dsrna.data.places import located
from dsrna.data.settings import DataSettings
from dsrna.runtime.progress import Reporter, Silent

SIZE = 32
BATCH = 256


def check(name: str, directory: Path | None, reporter: Reporter | None = None) -> str:
    """Read every image of a data set and compare the checksums that are known; say in a sentence what is there.

    Whatever is missing, damaged or not what was published raises ``UserError``.
    """
    DATASETS.record(name)
    data = load(DataSettings(name, directory, image_size=SIZE), seed=0, device=torch.device("cpu"))
    for split, images in (("training", data.train), ("test", data.test)):
        _read_all(f"check {split}", images, reporter or Silent())
    return (
        f"{name}: {len(data.train):,} training and {len(data.test):,} test images of {len(data.classes)} classes, "
        f"all of them readable{_checksums(name, directory)}{data.remark and f'; {data.remark}'}"
    )


def _checksums(name: str, directory: Path | None) -> str:
    download = DOWNLOADS.get(name)
    folder = located(directory, (download.folder, "."), tuple(download.files)) if download else None
    if download is None or folder is None:
        return "; there are no published checksums of them"
    present = [file for file in download.files if (folder / file).exists()]
    for file in present:
        download.verify(file, (folder / file).read_bytes(), folder / file)
    return f"; the checksums of {len(present)} files are right"


def _read_all(title: str, images: Images, reporter: Reporter) -> None:
    with reporter.stage(title, len(images), "images") as stage:
        for x, _ in batches(images, BATCH):
            stage.step(len(x))
