"""How each image fared, as a file."""

import csv
from pathlib import Path

from evaluation_cases import digits, network

from dsrna.evaluation import AttackRow, AttackSettings, Count, ImageFate, attack, write_fates
from dsrna.evaluation.choice import chosen
from dsrna.runtime.progress import Silent
from dsrna.threat import Eps

ROWS = tuple(
    AttackRow(name, Eps(eps), Count(1, 2), 0.0) for name, eps in (("fgsm", 0.1), ("fgsm", 0.2), ("autoattack", 0.05))
)


def test_the_smallest_eps_of_any_attack_fells() -> None:
    """Else an image passes for more robust than it was shown to be."""
    assert ImageFate(0, 1, 1, (False, False, None)).felled_at(ROWS) == 0.1
    assert ImageFate(0, 1, 1, (True, False, False)).felled_at(ROWS) == 0.05
    assert ImageFate(0, 1, 1, (True, True, None)).felled_at(ROWS) is None
    assert ImageFate(0, 1, 2, (False, False, False)).felled_at(ROWS) == 0.0


def test_every_image_has_a_line(tmp_path: Path) -> None:
    """Else nobody can say which images fell, to which attack, and at which eps."""
    images = (ImageFate(12, 3, 3, (True, False, None)), ImageFate(7, 1, 4, (False, False, False)))
    write_fates(tmp_path / "images.csv", ROWS, images)
    first, second = csv.DictReader((tmp_path / "images.csv").read_text().splitlines())
    assert first == {
        "index": "12",
        "label": "3",
        "predicted": "3",
        "fgsm 0.1": "1",
        "fgsm 0.2": "0",
        "autoattack 0.05": "",
        "felled at": "0.2",
    }
    assert (second["predicted"], second["autoattack 0.05"], second["felled at"]) == ("4", "0", "0.0")


def test_the_lines_add_up_to_the_counts() -> None:
    """Else the file and the numbers tell of different images."""
    settings = AttackSettings(
        ("fgsm", "autoattack"), (Eps(0.1), Eps(0.3)), images=30, slow_images=5, batch_size=7, sanity=0
    )
    result, _, images = attack(network(), digits().test, settings, seed=0, reporter=Silent())
    assert [image.index for image in images] == chosen(digits().test.labels, 30, 5).tolist()
    for place, row in enumerate(result.rows):
        faced = [image.standing[place] for image in images if image.standing[place] is not None]
        assert (sum(map(bool, faced)), len(faced)) == (row.count.correct, row.count.total)
    for worst in result.worst:
        felled = [image.felled_at(result.rows) for image in images[: worst.count.total]]
        assert sum(eps is None or eps > worst.eps for eps in felled) == worst.count.correct
