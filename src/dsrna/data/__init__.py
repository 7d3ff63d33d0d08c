"""Named data sets as splits of images in [0, 1]: finding, fetching and checking them, batches, augmentation."""

from dsrna.data import cifar10, digits, folder, imagenet, mnist  # noqa: F401 - importing them registers them
from dsrna.data.augmentation import augment
from dsrna.data.balance import imbalance
from dsrna.data.batching import Position, batches
from dsrna.data.checking import check
from dsrna.data.crops import Crop
from dsrna.data.duplicates import duplicates
from dsrna.data.fetching import fetch
from dsrna.data.folder_images import FolderImages
from dsrna.data.images import Deferred, Images, Subset, TensorImages
from dsrna.data.loading import DATASETS, Dataset, Loader, dataset, load
from dsrna.data.moments import statistics
from dsrna.data.obtaining import obtain
from dsrna.data.settings import Augmentation, DataSettings
from dsrna.data.splits import halves, stratified

__all__ = [
    "DATASETS",
    "Augmentation",
    "Crop",
    "DataSettings",
    "Dataset",
    "Deferred",
    "FolderImages",
    "Images",
    "Loader",
    "Position",
    "Subset",
    "TensorImages",
    "augment",
    "batches",
    "check",
    "dataset",
    "duplicates",
    "fetch",
    "halves",
    "imbalance",
    "load",
    "obtain",
    "statistics",
    "stratified",
]
