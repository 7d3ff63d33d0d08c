"""Loading, after a download where the files are nowhere to be found and are ours to fetch."""

import torch

from dsrna.data.downloads import DOWNLOADS
from dsrna.data.fetching import fetch
from dsrna.data.loading import Dataset, load
from dsrna.data.places import NotFoundError
from dsrna.data.settings import DataSettings
from dsrna.errors import UserError
from dsrna.runtime.progress import Reporter


def obtain(settings: DataSettings, *, seed: int, device: torch.device, reporter: Reporter) -> Dataset:
    """Load a data set as ``load`` does; MNIST and CIFAR-10 are downloaded first if they are not there.

    Where neither works, ``UserError`` tells both where the files were looked for and why they could not be fetched.
    What lies there and is not among the images is told.
    """
    found = _loaded(settings, seed, device, reporter)
    if found.remark:
        reporter.say(found.remark)
    return found


def _loaded(settings: DataSettings, seed: int, device: torch.device, reporter: Reporter) -> Dataset:
    try:
        return load(settings, seed=seed, device=device)
    except NotFoundError as missing:
        if settings.name not in DOWNLOADS:
            raise
        try:
            fetch(settings.name, settings.directory, reporter)
        except UserError as failed:
            raise UserError(f"{missing}; it could not be downloaded: {failed}") from failed
    return load(settings, seed=seed, device=device)
