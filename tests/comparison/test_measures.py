"""What of a run is compared."""

from pathlib import Path

from comparison_cases import EPS, INF, pretend, tiny

from dsrna.comparison.measures import measures
from dsrna.comparison.worker import Job
from dsrna.evaluation import AttackResult, AttackRow, Count, WorstRow
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_json
from dsrna.runtime.serialise import to_plain


def attacked(*names: str) -> AttackResult:
    rows = tuple(
        AttackRow(attack=name, eps=EPS, count=Count(40 - 10 * place, 50), seconds=1.0)
        for place, name in enumerate(names)
    )
    worst = (WorstRow(EPS, rows[-1].count),)
    return AttackResult(norm=INF, clean=Count(45, 50), rows=rows, worst=worst, seconds=1.0)


def measured(tmp_path: Path, *names: str) -> dict[str, float]:
    job = Job("cell", tiny(), ComparisonFolder(tmp_path), 1)
    pretend(job, 100)
    folder = job.folder.cell(job.name)
    write_json(folder.attack, to_plain(attacked(*names)))
    return measures(folder)


def test_each_of_several_attacks_stands_for_itself(tmp_path: Path) -> None:
    """If this fails, an attack of all images is seen only where a slow one of a few has been too."""
    found = measured(tmp_path, "pgd-100", "autoattack")
    assert list(found)[:4] == ["clean", "robust 2/255", "pgd-100 2/255", "autoattack 2/255"]
    assert (found["robust 2/255"], found["pgd-100 2/255"], found["autoattack 2/255"]) == (0.6, 0.8, 0.6)


def test_one_attack_is_the_worst_case(tmp_path: Path) -> None:
    """Else every table has the same column twice."""
    assert "fgsm 2/255" not in measured(tmp_path, "fgsm")
