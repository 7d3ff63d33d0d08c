"""Registration: names, records, and helpful errors."""

import pytest

from dsrna.errors import UserError
from dsrna.registry import Record, Registry


def make() -> Registry[int]:
    registry: Registry[int] = Registry("number")
    registry.register("one", summary="the first", source="Peano")(1)
    registry.register("three", summary="the third", source="Peano")(3)
    return registry


def test_a_name_leads_to_its_value_and_record() -> None:
    """If this fails, what is registered cannot be used or listed."""
    registry = make()
    assert (registry["three"], registry.record("one").summary) == (3, "the first")
    assert registry.names() == ("one", "three") == tuple(record.name for record in registry)
    assert ("one" in registry, "two" in registry, len(registry)) == (True, False, 2)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """If this fails, a typing mistake leaves the user without a hint."""
    with pytest.raises(UserError, match="^unknown number 'thre'; did you mean 'three'\\? Known numbers: one, three$"):
        make()["thre"]


def test_a_name_is_registered_once() -> None:
    """If this fails, an extension silently replaces what is there."""
    with pytest.raises(ValueError, match="already"):
        make().register("one", summary="", source="")


def test_a_family_is_known_without_being_listed() -> None:
    """If this fails, a name made by rule is unknown, or the list of names is endless."""
    registry = make()
    registry.family(r"n(\d+)", lambda match: Record(match[0], "by rule", "Peano", int(match[1])))
    assert (registry["n12"], registry.record("n7").name, registry["one"]) == (12, "n7", 1)
    assert registry.names() == ("one", "three")
    with pytest.raises(UserError, match="unknown number 'n12x'"):
        registry["n12x"]
