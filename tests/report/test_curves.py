"""Accuracy against the radius."""

import math
import re

from dsrna.evaluation import AttackResult, AttackRow, Certificates, CertifyRow, Count, Times, WorstRow
from dsrna.report.curves import attack_curve, certified_curve
from dsrna.threat import Eps, Norm

CLEAN = Count(95, 100)


def attacked(*names: str, norm: float = math.inf) -> AttackResult:
    rows = tuple(AttackRow(name, Eps(8 / 255), Count(70, 100), 1.0) for name in names)
    worst = (WorstRow(Eps(8 / 255), Count(65, 100)),)
    return AttackResult(norm=Norm(norm), clean=CLEAN, rows=rows, worst=worst, seconds=2.0)


def certificates(*rows: CertifyRow, norm: float = math.inf) -> Certificates:
    return Certificates(
        norm=Norm(norm),
        right=CLEAN,
        rows=rows,
        mean_radius=0.0,
        median_radius=0.0,
        max_eps=Eps(1.0),
        limited=0,
        abstained=0,
        seconds=Times(0.1, 0.1),
    )


def test_every_attack_has_a_line_with_its_name() -> None:
    """Else a reader could not tell which attack left what."""
    svg = attack_curve(attacked("fgsm", "pgd-20"), 0.1).svg()
    assert all(f">{name}<" in svg for name in ("fgsm", "pgd-20", "worst of all", "chance"))


def test_a_single_attack_is_the_worst_of_all() -> None:
    """Else one line would be drawn twice under two names."""
    assert "worst of all" not in attack_curve(attacked("fgsm"), None).svg()


def test_chance_is_left_out_where_it_is_not_known() -> None:
    """Else a line would be drawn at a number that nobody knows."""
    assert "chance" not in attack_curve(attacked("fgsm"), None).svg()


def test_more_attacks_than_looks_are_all_drawn() -> None:
    """Else the seventh attack would be dropped in silence."""
    names = [f"attack-{index}" for index in range(9)]
    svg = attack_curve(attacked(*names), None).svg()
    assert all(f">{name}<" in svg for name in names)


def test_the_unit_goes_by_the_norm() -> None:
    """Else an L2 radius would be read as so many 255ths."""
    assert "1/255" in attack_curve(attacked("fgsm"), None).svg()
    assert "1/255" not in attack_curve(attacked("fgsm", norm=2.0), None).svg()


def test_crowded_radii_are_not_all_written() -> None:
    """Else their numbers would run into one another."""
    rows = tuple(CertifyRow(Eps(radius / 255), Count(10, 100)) for radius in (0.25, 0.5, 8, 16))
    svg = certified_curve(certificates(*rows), None).svg()
    assert ">16<" in svg
    assert ">0.25<" not in svg


def test_the_curves_of_two_norms_share_a_page() -> None:
    """Else one norm's picture would borrow the other's parts."""
    row = CertifyRow(Eps(0.1), Count(10, 100))
    linf, l2 = (certified_curve(certificates(row, norm=norm), None).svg() for norm in (math.inf, 2.0))
    assert not set(re.findall(r'id="[^"]+"', linf)) & set(re.findall(r'id="[^"]+"', l2))
