"""Named data sets as splits of images in [0, 1]: finding, fetching and checking them, batches, augmentation."""

from dsrna.data import digits
from dsrna.data.augmentation import augment
from dsrna.data.batching import batches
from dsrna.data.images import Deferred, Images, Subset, TensorImages
from dsrna.data.loading import DATASETS, Dataset, Loader, dataset, load
from dsrna.data.moments import statistics
from dsrna.data.settings import Augmentation, DataSettings
from dsrna.data.splits import halves

__all__ = [
    "DATASETS",
    "Augmentation",
    "DataSettings",
    "Dataset",
    "Deferred",
    "Images",
    "Loader",
    "Subset",
    "TensorImages",
    "augment",
    "batches",
    "dataset",
    "digits",
    "halves",
    "load",
    "statistics",
]
