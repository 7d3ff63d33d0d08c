"""The conformance check finds what it promises to find."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dsrna.data import Dataset, TensorImages
from dsrna.testing.data import check_dataset

PIXELS = torch.linspace(0, 1, 6 * 12).view(6, 1, 3, 4)
LABELS = torch.tensor([0, 1, 0, 1, 0, 1])


class Changing(TensorImages):
    """Images that differ at every reading."""

    def __init__(self, pixels: Tensor, labels: Tensor) -> None:
        super().__init__(pixels, labels)
        self.times = 0

    def read(self, indices: Tensor) -> Tensor:
        self.times += 1
        return super().read(indices) / self.times


class View(TensorImages):
    """Images of which the caller gets the store itself."""

    def read(self, indices: Tensor) -> Tensor:
        self._store = getattr(self, "_store", {})
        return self._store.setdefault(tuple(indices.tolist()), super().read(indices))  # type: ignore[no-any-return]


def data(images: TensorImages, classes: tuple[str, ...] = ("a", "b")) -> Dataset:
    return Dataset("any", classes, images, images)


def test_sound_data_passes() -> None:
    """Broken: nothing would conform."""
    check_dataset(data(TensorImages(PIXELS, LABELS)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: data(TensorImages(PIXELS * 255, LABELS)), "pixels must lie"),
        (lambda: data(TensorImages(PIXELS - 1, LABELS)), "pixels must lie"),
        (lambda: data(TensorImages(PIXELS / 0, LABELS)), "finite"),
        (lambda: data(TensorImages(PIXELS, LABELS + 1)), "below the number of classes"),
        (lambda: data(TensorImages(PIXELS, LABELS - 1)), "count from 0"),
        (lambda: data(TensorImages(PIXELS, LABELS), ("a", "a")), "different names"),
        (lambda: data(TensorImages(PIXELS, LABELS), ("a", "b", "c")), "every class"),
        (lambda: data(Changing(PIXELS, LABELS)), "every time"),
        (lambda: data(View(PIXELS, LABELS)), "copy"),
    ],
)
def test_broken_promise_is_named(make: Callable[[], Dataset], said: str) -> None:
    """Broken: a plug-in author would be told that wrong data is right."""
    with pytest.raises(AssertionError, match=said):
        check_dataset(make())
