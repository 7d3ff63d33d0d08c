"""The list beside the saved adversarial images."""

import csv
from pathlib import Path

import pytest
import torch

from dsrna.evaluation import Examples, write_example_list
from dsrna.threat import Eps

EXAMPLES = Examples(
    "pgd-20",
    Eps(8 / 255),
    torch.rand(2, 1, 3, 3),
    torch.rand(2, 1, 3, 3),
    labels=torch.tensor([1, 2]),
    predicted=torch.tensor([4, 0]),
    indices=torch.tensor([2, 0]),
)


@pytest.mark.parametrize("sources", [None, [Path("a/0.png"), Path("b/1.png"), Path("c/2,3.png")]])
def test_every_image_has_a_line(tmp_path: Path, sources: list[Path] | None) -> None:
    """Else an adversarial image cannot be held beside the file that it was made of."""
    write_example_list(tmp_path / "list.csv", EXAMPLES, sources)
    first, second = csv.DictReader((tmp_path / "list.csv").read_text().splitlines())
    assert first == {
        "row": "0",
        "index": "2",
        "file": "c/2,3.png" if sources else "",
        "label": "1",
        "predicted": "1",
        "adversarial": "4",
        "attack": "pgd-20",
        "eps": "8/255",
    }
    assert (second["row"], second["index"], second["label"], second["adversarial"]) == ("1", "0", "2", "0")
