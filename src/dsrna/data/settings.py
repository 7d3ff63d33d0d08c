"""What a recipe says about its data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dsrna.errors import UserError

LARGEST_SIDE: Final = 2**12


@dataclass(frozen=True)
class Augmentation:
    """Random changes of the training images, in pixels. The default changes nothing.

    ``pad``: crop at a random place after padding every side with so many black pixels; ``flip``: mirror half of
    the images; ``cutout``: blacken a square of this side (DeVries and Taylor 2017, arXiv 1708.04552). ``area``: take a
    random part of each image, of at least this share of its area, in place of all of it, 1 for all of it (Szegedy et
    al. 2015, arXiv 1409.4842, section 6).
    """

    pad: int = 0
    flip: bool = False
    cutout: int = 0
    area: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("pad", self.pad), ("cutout", self.cutout)):
            if value < 0:
                raise UserError(f"augmentation {name} must be 0 or a number of pixels, not {value}")
        if not 0 < self.area <= 1:
            raise UserError(f"augmentation area must be a share above 0, 1 for the whole image, not {self.area}")


@dataclass(frozen=True)
class DataSettings:
    """Which data, from where, in what form.

    ``directory``: where to look first; for ``folder`` the image folder itself. ``image_size``: side in pixels to
    resize to, at most 4096, None for as stored. ``channels``: 1 (grey) or 3 (colour), None for as stored.
    ``validation``: share of the training split that the search holds back as its validation half. ``limit``: at most
    so many images of each split, stratified by class; those for training are chosen by the seed. ``workers``: so many
    threads decode image files; None for one a core, at most 8. What is read does not depend on it.
    """

    name: str
    directory: Path | None = None
    image_size: int | None = None
    channels: int | None = None
    validation: float = 0.5
    limit: int | None = None
    augmentation: Augmentation = Augmentation()
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.image_size is not None and not 1 <= self.image_size <= LARGEST_SIDE:
            raise UserError(f"image_size must be 1 to {LARGEST_SIDE} pixels, not {self.image_size}")
        if self.channels not in (None, 1, 3):
            raise UserError(f"channels must be 1 (grey) or 3 (colour), not {self.channels}")
        if not 0 < self.validation < 1:
            raise UserError(f"validation must be a share between 0 and 1, both excluded, not {self.validation}")
        if self.limit is not None and self.limit < 1:
            raise UserError(f"limit must be at least 1 image, not {self.limit}")
        if self.workers is not None and self.workers < 1:
            raise UserError(f"workers must be at least 1 thread, not {self.workers}")
