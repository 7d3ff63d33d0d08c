"""What of a run is compared."""

from pathlib import Path

import pytest
from comparison_cases import EPS, INF, pretend, tiny

from dsrna.comparison.measures import measures
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.evaluation import AttackResult, AttackRow, Count, WorstRow
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_json
from dsrna.runtime.serialise import to_plain
from dsrna.threat import Eps


def test_a_radius_is_of_all_images(tmp_path: Path) -> None:
    """If this fails, a network is the less robust for being right on more images."""
    assert measured(tmp_path, "fgsm")["radius"] == pytest.approx(0.01 * 100 / 200)


def test_the_last_robust_accuracy_is_the_hardest(tmp_path: Path) -> None:
    """If this fails, who leads under attack is told at whatever eps was given last."""
    far = WorstRow(Eps(8 / 255), Count(10, 50))
    found = measured(tmp_path, "fgsm", before=far)
    assert [name for name in found if name.startswith("robust")] == ["robust 2/255", "robust 8/255"]


@pytest.mark.parametrize("model", [{"parameters": 3}, {"parameters": "many", "multiply_adds": 1}, [], "text"])
def test_a_damaged_model_is_named(tmp_path: Path, model: object) -> None:
    """If this fails, one damaged run ends a comparison, or its page, in a traceback."""
    measured(tmp_path, "fgsm")
    folder = ComparisonFolder(tmp_path).cell("cell")
    write_json(folder.model, model)
    with pytest.raises(UserError, match=r"model\.json does not say how large"):
        measures(folder)


def attacked(*names: str, before: WorstRow | None = None) -> AttackResult:
    rows = tuple(
        AttackRow(attack=name, eps=EPS, count=Count(40 - 10 * place, 50), seconds=1.0)
        for place, name in enumerate(names)
    )
    worst = (*([before] if before else []), WorstRow(EPS, rows[-1].count))
    return AttackResult(norm=INF, clean=Count(45, 50), rows=rows, worst=worst, seconds=1.0)


def measured(tmp_path: Path, *names: str, before: WorstRow | None = None) -> dict[str, float]:
    job = Job("cell", tiny(), ComparisonFolder(tmp_path), 1)
    pretend(job, 100)
    folder = job.folder.cell(job.name)
    write_json(folder.attack, to_plain(attacked(*names, before=before)))
    return measures(folder)


def test_each_of_several_attacks_stands_for_itself(tmp_path: Path) -> None:
    """If this fails, an attack of all images is seen only where a slow one of a few has been too."""
    found = measured(tmp_path, "pgd-100", "autoattack")
    assert list(found)[:4] == ["clean", "robust 2/255", "pgd-100 2/255", "autoattack 2/255"]
    assert (found["robust 2/255"], found["pgd-100 2/255"], found["autoattack 2/255"]) == (0.6, 0.8, 0.6)


def test_one_attack_is_the_worst_case(tmp_path: Path) -> None:
    """Else every table has the same column twice."""
    assert "fgsm 2/255" not in measured(tmp_path, "fgsm")
