"""Handwritten digits that come with scikit-learn: 1,797 images of 8x8 pixels."""

import torch

from dsrna.data.fitting import stored
from dsrna.data.images import Subset
from dsrna.data.loading import Dataset, dataset
from dsrna.data.settings import DataSettings
from dsrna.data.splits import stratified
from dsrna.runtime import seeds

LEVELS = 16
TEST_SHARE = 0.2


@dataset(
    "digits",
    summary="1,797 handwritten digits of 1x8x8, embedded; a fixed stratified fifth is the test split",
    source="Alpaydin and Kaynak 1998, UCI; scikit-learn's load_digits",
)
def digits(settings: DataSettings, *, seed: int, device: torch.device) -> Dataset:  # noqa: ARG001
    """The split is a constant: every run, whatever its seed, is judged on the same images."""
    from sklearn.datasets import load_digits  # noqa: PLC0415  a second that nobody else should wait for

    raw = load_digits()
    pixels = torch.from_numpy(raw.images).float().div(LEVELS).unsqueeze(1)
    images = stored(pixels, torch.from_numpy(raw.target), settings, device)
    test, train = stratified(images.labels.cpu(), round(TEST_SHARE * len(images)), seeds.generator(0, "digits"))
    return Dataset("digits", tuple("0123456789"), Subset(images, train), Subset(images, test))
