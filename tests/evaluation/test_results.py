"""What attacks find, as files."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, AttackRow, Check, CorruptionRow, Count, Examples, WorstRow
from dsrna.runtime.checkpoint import read_tensors
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.threat import Eps, Norm

ATTACKED = AttackResult(
    norm=Norm(math.inf),
    clean=Count(9, 10),
    rows=(AttackRow("fgsm", Eps(8 / 255), Count(5, 10), 0.5),),
    worst=(WorstRow(Eps(8 / 255), Count(4, 10)),),
    seconds=1.5,
    checks=(Check("black box", False, "It wins."),),
    corruptions=(CorruptionRow("contrast", 3, Count(6, 10)),),
    top5=Count(10, 10),
    source=Path("runs/other"),
)


LATER = {"eight_bit", "checks", "corruptions", "top5", "source"}
"""What the first schema did not have."""


def test_an_attack_result_has_the_shape_the_report_reads() -> None:
    """Else attack.json cannot be read by the report, or by those who were given the file."""
    assert to_plain(ATTACKED) == {
        "schema": 2,
        "norm": "inf",
        "clean": {"correct": 9, "total": 10},
        "rows": [{"attack": "fgsm", "eps": "8/255", "count": {"correct": 5, "total": 10}, "seconds": 0.5}],
        "worst": [{"eps": "8/255", "count": {"correct": 4, "total": 10}}],
        "seconds": 1.5,
        "eight_bit": False,
        "checks": [{"name": "black box", "passed": False, "finding": "It wins."}],
        "corruptions": [{"corruption": "contrast", "severity": 3, "count": {"correct": 6, "total": 10}}],
        "top5": {"correct": 10, "total": 10},
        "source": "runs/other",
    }


def test_an_attack_result_comes_back_from_json() -> None:
    """Else a result is changed by being saved."""
    assert from_plain(AttackResult, json.loads(json.dumps(to_plain(ATTACKED))), where="file") == ATTACKED


def test_a_result_of_the_first_schema_is_still_read() -> None:
    """Else runs that were made before there were checks have no report."""
    old = {name: value for name, value in to_plain(ATTACKED).items() if name not in LATER}
    assert from_plain(AttackResult, old | {"schema": 1}, where="file") == replace(
        ATTACKED, schema=1, checks=(), corruptions=(), top5=None, source=None
    )


def test_another_schema_is_refused() -> None:
    """Else a file of a later version is read as if it were of this one."""
    with pytest.raises(UserError, match=r"attack\.json: schema"):
        from_plain(AttackResult, to_plain(ATTACKED) | {"schema": 3}, where="attack.json")


def test_examples_are_saved_for_the_report(tmp_path: Path) -> None:
    """Else the report has no images to show, or says they were made by something else."""
    images, labels = torch.rand(2, 1, 3, 3), torch.tensor([1, 2])
    found = Examples("pgd-20", Eps(8 / 255), images, images.flip(0), labels, labels.flip(0), torch.tensor([7, 4]))
    found.save(tmp_path / "adversarial")
    tensors, meta = read_tensors(tmp_path / "adversarial")
    assert torch.equal(tensors["adversarial"], images.flip(0))
    assert torch.equal(tensors["predicted"], labels.flip(0))
    assert tensors["indices"].tolist() == [7, 4]
    assert (meta["attack"], meta["eps"]) == ("pgd-20", "8/255")
