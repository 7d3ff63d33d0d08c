"""Radii and norms as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsrna.errors import UserError
from dsrna.threat import ThreatModel, check_eps, dual, format_eps, format_norm, parse_eps, parse_norm


@given(st.one_of(st.floats(0, 1), st.integers(0, 255).map(lambda k: k / 255)))
def test_eps_is_read_back_exactly(eps: float) -> None:
    """If this fails, the radius in a saved recipe is not the one that was used."""
    assert parse_eps(format_eps(eps)) == eps


@pytest.mark.parametrize(
    ("eps", "text"), [(8 / 255, "8/255"), (0.5 / 255, "1/510"), (0.3, "0.3"), (0.031, "0.031"), (0.0, "0"), (1.0, "1")]
)
def test_eps_is_written_as_people_do(eps: float, text: str) -> None:
    """If this fails, tables are full of long decimals."""
    assert format_eps(eps) == text


def test_a_part_of_a_grey_level_is_read() -> None:
    """If this fails, the small radii of certificates have to be worked out by hand."""
    assert parse_eps("0.5/255") == parse_eps("1/510")
    assert parse_eps("2.5 / 255") == parse_eps("1/102")


@pytest.mark.parametrize("text", ["", "eight", "1/0", "8/", "/255", "1e400/2", "8/255/2", "8//255", "nan", "inf"])
def test_what_is_no_number_is_an_error(text: str) -> None:
    """If this fails, a misspelt eps is a traceback."""
    with pytest.raises(UserError, match="eps must be a number or a fraction like 8/255"):
        parse_eps(text)


def test_eight_where_eight_255ths_was_meant() -> None:
    """If this fails, a whole evaluation is done at a radius that covers every image."""
    with pytest.raises(UserError, match="did you mean 8/255"):
        check_eps(8.0)
    assert check_eps(8.0, 2.0) == 8.0


@pytest.mark.parametrize("eps", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("norm", [1.0, 2.0, math.inf])
def test_no_radius(eps: float, norm: float) -> None:
    """If this fails, a threat model can hold a ball that is none."""
    with pytest.raises(UserError, match="not negative"):
        ThreatModel(eps, norm)


def test_norms() -> None:
    """If this fails, a Jacobian is measured in the wrong norm, or L3 is accepted."""
    assert [dual(norm) for norm in (math.inf, 2.0, 1.0)] == [1.0, 2.0, math.inf]
    assert [parse_norm(text) for text in ("inf", "Linf", "l-inf", "L2", "1")] == [
        math.inf,
        math.inf,
        math.inf,
        2.0,
        1.0,
    ]
    assert [format_norm(norm) for norm in (math.inf, 2.0, 1.0)] == ["inf", "2", "1"]
    for wrong in ("3", "", "max"):
        with pytest.raises(UserError, match="norm must be 1, 2 or inf"):
            parse_norm(wrong)
    with pytest.raises(UserError, match="norm must be"):
        ThreatModel(0.1, 3.0)
