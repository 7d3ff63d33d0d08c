"""Which images the saved adversarial ones are of: ``adversarial.csv``."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from dsrna.evaluation.results import Examples
from dsrna.runtime.files import write_text
from dsrna.threat import format_eps

COLUMNS = ("row", "index", "file", "label", "predicted", "adversarial", "attack", "eps")


def write_example_list(path: Path, examples: Examples, sources: Sequence[Path] | None) -> None:
    """Write a line an image, in the order of the tensors.

    ``row``: its row there, counted from 0; ``index``: its place in the test split; ``file``: the one of ``sources``
    that it is from, empty where images have no files; then its label, the prediction before and after, by which attack
    and at which eps.
    """
    with StringIO() as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_lines(examples, sources))
        write_text(path, file.getvalue())


def _lines(examples: Examples, sources: Sequence[Path] | None) -> Iterator[tuple[object, ...]]:
    known = (examples.indices.tolist(), examples.labels.tolist(), examples.predicted.tolist())
    for row, (index, label, adversarial) in enumerate(zip(*known, strict=True)):
        origin = "" if sources is None else sources[index]
        # Only images that are classified rightly are attacked.
        yield row, index, origin, label, label, adversarial, examples.attack, format_eps(examples.eps)
