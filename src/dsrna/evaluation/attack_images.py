"""How each image fared under the attacks: ``attack-images.csv``."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dsrna.evaluation.results import AttackRow
from dsrna.runtime.files import write_text
from dsrna.threat import format_eps


@dataclass(frozen=True)
class ImageFate:
    """One image: its place in the test split, its label, the clean prediction, and whether it stands, row by row.

    ``standing`` follows the rows of the ``AttackResult``; None where the attack was not given this image.
    """

    index: int
    label: int
    predicted: int
    standing: tuple[bool | None, ...]

    @property
    def right(self) -> bool:
        """Whether it was classified rightly before any attack."""
        return self.predicted == self.label

    def faced(self, row: int) -> bool:
        """Tell whether the attack of this row was given the image; a wrong one counts as given."""
        return self.standing[row] is not None

    def felled_at(self, rows: Sequence[AttackRow]) -> float | None:
        """Return the smallest eps at which an attack felled it: 0 where it was wrong before, None where none did."""
        if not self.right:
            return 0.0
        fallen = [row.eps for row, stands in zip(rows, self.standing, strict=True) if stands is False]
        return min(fallen, default=None)


def write_fates(path: Path, rows: Sequence[AttackRow], images: Sequence[ImageFate]) -> None:
    """Write a line an image: a 0 or 1 for each attack and eps, empty where it was not tried, and ``felled at``."""
    names = [f"{row.attack} {format_eps(row.eps)}" for row in rows]
    with StringIO() as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["index", "label", "predicted", *names, "felled at"])
        writer.writerows(_line(image, rows) for image in images)
        write_text(path, file.getvalue())


def _line(image: ImageFate, rows: Sequence[AttackRow]) -> list[object]:
    standing = ["" if stands is None else int(stands) for stands in image.standing]
    felled = image.felled_at(rows)
    return [image.index, image.label, image.predicted, *standing, "" if felled is None else felled]
