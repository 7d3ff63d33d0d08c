"""Properties for verifiers: the ball, no more than a hair more, and the right question."""

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from dsrna.errors import UserError
from dsrna.export import Instance, robustness_property, write_instances, write_property

X = torch.tensor([[[0.0, 0.1, 1.0], [0.5, 1 / 3, 0.999]]])
EPS = 2 / 255


def box(text: str, sign: str) -> list[Fraction]:
    found = re.findall(rf"^\(assert \({sign} X_(\d+) ([\d.]+)\)\)$", text, flags=re.MULTILINE)
    assert [int(index) for index, _ in found] == list(range(X.numel()))
    return [Fraction(bound) for _, bound in found]


def test_the_box_holds_the_ball_and_hardly_more() -> None:
    """Else `unsat` is no certificate, or a counterexample lies outside of the ball."""
    text = robustness_property(X, 1, classes=3, eps=EPS)
    for pixel, low, high in zip(X.flatten().tolist(), box(text, ">="), box(text, "<="), strict=True):
        exact_low = max(Fraction(0), Fraction(pixel) - Fraction(EPS))
        exact_high = min(Fraction(1), Fraction(pixel) + Fraction(EPS))
        assert exact_low - Fraction(1, 10**12) < low <= exact_low
        assert exact_high <= high < exact_high + Fraction(1, 10**12)


def test_the_question_is_whether_another_class_wins() -> None:
    """Else a verifier answers something else: `unsat` must mean that the label's logit is the largest everywhere."""
    text = robustness_property(X, 1, classes=3, eps=EPS)
    assert text.endswith("(assert (or\n    (and (>= Y_0 Y_1))\n    (and (>= Y_2 Y_1))\n))\n")
    declared = re.findall(r"^\(declare-const (\w+) Real\)$", text, flags=re.MULTILINE)
    assert declared == [*(f"X_{index}" for index in range(6)), "Y_0", "Y_1", "Y_2"]


def test_every_line_is_smt_lib() -> None:
    """Else a parser stops: SMT-LIB has no exponents, and each bracket is closed."""
    text = robustness_property(torch.full((1, 1, 1), 1e-7), 0, classes=2, eps=1e-9)
    assert not re.search(r"\d[eE]", text.split("\n", 1)[1])
    assert text.count("(") == text.count(")")


@pytest.mark.parametrize(
    ("x", "label", "eps", "message"),
    [
        (X * math.nan, 1, EPS, "pixels must lie in"),
        (X * 2, 1, EPS, "pixels must lie in"),
        (X, 3, EPS, "label 3 is none of the model's 3 classes"),
        (X, -1, EPS, "label -1 is none"),
        (X, 1, 2.0, "did you mean 2/255"),
        (X, 1, math.nan, "eps must be a finite number"),
    ],
)
def test_bad_properties_are_named(x: torch.Tensor, label: int, eps: float, message: str) -> None:
    """Else a verifier is asked what makes no sense, and says `unsat`."""
    with pytest.raises(UserError, match=message):
        robustness_property(x, label, classes=3, eps=eps)


def test_the_list_leads_from_where_it_lies(tmp_path: Path) -> None:
    """Else the folder cannot be moved to the machine that verifies."""
    path = write_property(tmp_path / "properties", 12, X, 1, classes=3, eps=EPS)
    assert path.read_text() == robustness_property(X, 1, classes=3, eps=EPS)
    listed = tmp_path / "properties" / "instances.csv"
    write_instances(listed, [Instance(tmp_path / "network.onnx", path, 60)])
    assert listed.read_text() == "../network.onnx,image-12-eps-2-255.vnnlib,60\n"
