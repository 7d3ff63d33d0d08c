"""How unequal the classes of a data set are."""

from typing import Final

from dsrna.data.loading import Dataset

NOTABLE: Final = 3
"""Times as many images as the smallest class has, from which on the largest is worth a word."""


def imbalance(dataset: Dataset) -> str:
    """Return a sentence on the largest and the smallest class of the training split, nothing where they are alike."""
    counts = dataset.train.labels.bincount(minlength=len(dataset.classes)).cpu()
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] < NOTABLE * counts[least]:
        return ""
    return (
        f"the classes are unequal: {dataset.classes[most]!r} has {int(counts[most]):,} training images, "
        f"{dataset.classes[least]!r} {int(counts[least]):,}; "
        f"who always says {dataset.classes[most]!r} is right for {counts[most] / counts.sum():.0%} of them"
    )
