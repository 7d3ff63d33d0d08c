"""What certification finds. ``dsrna.runtime.serialise`` turns it into ``certify.json``."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final, Literal

from dsrna.errors import UserError
from dsrna.evaluation.certify_settings import Targets
from dsrna.evaluation.counts import Count
from dsrna.evaluation.smoothing_settings import SmoothingSettings
from dsrna.runtime.files import read_json, write_text
from dsrna.runtime.serialise import from_plain
from dsrna.threat import Eps, Norm, format_eps, format_norm

SCHEMA: Final = 2


@dataclass(frozen=True)
class CertifyRow:
    """The images classified rightly and certified to stay so anywhere in the ball of eps."""

    eps: Eps
    count: Count


@dataclass(frozen=True)
class Times:
    """Seconds an image, over the images that it was tried to certify; those of a batch share its time equally."""

    mean: float
    median: float


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """The certificates under one norm.

    ``right``: the images that were classified rightly, by the smoothed classifier where that is what is certified.
    ``mean_radius`` and ``median_radius``: over those, in pixel units; 0 where there is none. ``max_eps``: the radius
    was sought up to this, which ``limited`` images reached; None: without a limit. ``abstained``: the images of which
    the smoothed classifier did not say what they are.
    """

    norm: Norm
    right: Count
    rows: tuple[CertifyRow, ...]
    mean_radius: float
    median_radius: float
    max_eps: Eps | None
    limited: int
    abstained: int
    seconds: Times

    def __post_init__(self) -> None:
        if not self.rows:
            raise UserError("rows must hold one eps at least")


@dataclass(frozen=True, kw_only=True)
class CertifyResult:
    """``clean``: the accuracy of the network itself. ``smoothing``: None where the network itself is certified."""

    schema: Literal[2] = 2
    guarantee: Literal["deterministic", "probabilistic"]
    method: str
    targets: Targets
    clean: Count
    norms: tuple[Certificates, ...]
    smoothing: SmoothingSettings | None
    seconds: float

    @classmethod
    def load(cls, path: Path) -> "CertifyResult":
        """Read ``certify.json``; a file of another version is a ``UserError`` that says how to make it anew."""
        plain = read_json(path)
        schema = plain.get("schema") if isinstance(plain, dict) else SCHEMA
        if schema != SCHEMA:
            raise UserError(
                f"{path} is of another version of dsrna (schema {schema}, not {SCHEMA}); "
                f"run `dsrna certify {path.parent}` again"
            )
        return from_plain(cls, plain, where=str(path))


@dataclass(frozen=True)
class Verdict:
    """What is certified of one image under one norm.

    ``predicted``: None where the smoothed classifier abstains. ``radius``: pixel units, 0 where the image is classified
    wrongly. ``proven``: whether it is certified, eps by eps.
    """

    predicted: int | None
    radius: float
    proven: tuple[bool, ...]


@dataclass(frozen=True)
class ImageCertificate:
    """One image: its place in the test split, its label, the target (None: all classes), a verdict a norm."""

    index: int
    label: int
    target: int | None
    verdicts: tuple[Verdict, ...]


def write_images(path: Path, result: CertifyResult, images: Sequence[ImageCertificate]) -> None:
    """Write ``certify-images.csv``: a line an image, a radius a norm, and a 0 or 1 for each norm and eps."""
    names = [
        name
        for found in result.norms
        for name in (
            f"radius {format_norm(found.norm)}",
            *(f"certified {format_norm(found.norm)} {format_eps(row.eps)}" for row in found.rows),
        )
    ]
    with StringIO() as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["index", "label", "predicted", "target", *names])
        writer.writerows(map(_line, images))
        write_text(path, file.getvalue())


def _line(image: ImageCertificate) -> list[object]:
    predicted = image.verdicts[0].predicted
    told = ["abstains" if predicted is None else predicted, "all" if image.target is None else image.target]
    found = [value for verdict in image.verdicts for value in (verdict.radius, *map(int, verdict.proven))]
    return [image.index, image.label, *told, *found]
