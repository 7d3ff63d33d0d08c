"""What a data set is, the registry of those known by name, and how one is loaded."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch

from dsrna.data.images import Deferred, Images
from dsrna.data.settings import DataSettings
from dsrna.data.splits import limited
from dsrna.registry import Registry
from dsrna.runtime import seeds


@dataclass(frozen=True)
class Dataset:
    """Images for training and for the final test, which only the last stages touch.

    ``remark``: a sentence on what lay there and is not among them; nothing where that is nothing.
    """

    name: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    remark: str = ""


@runtime_checkable
class Loader(Protocol):
    """Finds and opens a data set, in the size and the channels of the settings. ``load`` applies the limit."""

    def __call__(self, settings: DataSettings, *, seed: int, device: torch.device) -> Dataset: ...


DATASETS: Registry[Loader] = Registry("data set")


def dataset(name: str, *, summary: str, source: str) -> Callable[[Loader], Loader]:
    """Return a decorator that registers a loader as the data set ``name``."""
    return DATASETS.register(name, summary=summary, source=source)


def load(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:
    """Load the data set that ``settings`` name. ``seed`` chooses the training images under a limit.

    Raises ``UserError`` for an unknown name, data that cannot be found, read or believed, and a limit too small.
    """
    full = DATASETS[settings.name](settings, seed=seed, device=device)
    return full if settings.limit is None else _limited(full, settings.limit, seed)


def _limited(full: Dataset, limit: int, seed: int) -> Dataset:
    # The test images are the same under every seed, so that runs of several seeds can be compared.
    train = limited(full.train, limit, seeds.generator(seed, "data", "limit", "train"))
    test = Deferred(lambda: limited(full.test, limit, seeds.generator(0, "data", "limit", "test")))
    return replace(full, train=train, test=test)
