"""Dataclasses to plain data and back."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from dsrna.errors import UserError
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.threat import Eps, Norm


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    radii: tuple[Eps, ...] = (Eps(8 / 255),)
    norm: Norm = Norm(2.0)


@dataclass(frozen=True)
class Outer:
    name: str
    count: int = 1
    flag: bool = False
    folder: Path | None = None
    inner: Inner = field(default_factory=Inner)
    schema: Literal[1, 2] = 2


def test_a_tree_is_read_back() -> None:
    """If this fails, a saved recipe is another one when it is read."""
    outer = Outer("x", 3, True, Path("a/b"), Inner(0.1, (Eps(1 / 255), Eps(0.3)), Norm(float("inf"))))
    plain = to_plain(outer)
    assert plain["inner"] == {"rate": 0.1, "radii": ["1/255", "0.3"], "norm": "inf"}
    assert from_plain(Outer, plain, where="here") == outer


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        ({"name": "x", "inner": {"rat": 1}}, "here: inner: unknown field 'rat'; did you mean 'rate'?"),
        ({"name": "x", "count": "3"}, "here: count: must be a whole number, not '3'"),
        ({"name": "x", "count": 1.5}, "here: count: must be a whole number, not 1.5"),
        ({"name": "x", "count": True}, "here: count: must be a whole number, not True"),
        ({"name": "x", "inner": {"rate": "fast"}}, "here: inner.rate: must be a number, not 'fast'"),
        ({"name": "x", "flag": 1}, "here: flag: must be true or false, not 1"),
        ({"name": 5}, "here: name: must be text, not 5"),
        ({"name": "x", "schema": 3}, "here: schema: must be 1 or 2, not 3"),
        ({"name": "x", "schema": True}, "here: schema: must be 1 or 2, not True"),
        ({"name": "x", "inner": {"radii": ["1/255", "x"]}}, "here: inner.radii.1: eps must be a number or a fraction"),
        ({"name": "x", "inner": {"norm": "3"}}, "here: inner.norm: norm must be 1, 2 or inf"),
        ({}, "here: missing field 'name'"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(plain: object, reason: str) -> None:
    """If this fails, a mistake in a recipe is guessed away, or reported without its place."""
    with pytest.raises(UserError) as caught:
        from_plain(Outer, plain, where="here")
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("radii", ["8/255", 0.03, None])
def test_a_list_is_asked_for_where_one_value_stands(radii: object) -> None:
    """If this fails, a text is read letter by letter, and the letter is called wrong."""
    with pytest.raises(UserError, match=r"^here: inner\.radii: must be a list, such as \["):
        from_plain(Outer, {"name": "a", "inner": {"radii": radii}}, where="here")


@pytest.mark.parametrize("plain", [None, 3, "text", [1]])
def test_another_kind_of_value_is_an_error(plain: object) -> None:
    """If this fails, a file that is no mapping ends in a traceback."""
    with pytest.raises(UserError, match="^here: must be a mapping of fields, not "):
        from_plain(Outer, plain, where="here")
