"""The changes of `make mutants`: each is one, each can be run, and what the tests say of it is told rightly."""

import ast
import os
from dataclasses import replace
from pathlib import Path

import pytest

import mutants
from mutants import PARTS, ROOT, Mutant, caught, change, changed, ordered, places, source, usual

CODE = '''
"""A module with 3 words."""
def f(x: Float[Tensor, "2 3"] = 1) -> tuple[int, 1]:
    """Return 4."""
    return -x.lower if not x > 2 and True else min(x, 0.5) + x ** 2
'''


def test_every_change_is_one_and_annotations_are_none() -> None:
    """If this fails, mutants are counted that no test could notice, or that are no change."""
    told = [changed(node) for node in places(ast.parse(CODE))]
    assert told == [
        "1 to 2",
        "And to Or",
        "not left out",
        "Gt to GtE",
        "2 to 3",
        "True to False",
        "USub to UAdd",
        "lower to upper",
        "Add to Sub",
        "0.5 to 1.01",
        "Pow to Mult",
        "2 to 3",
    ]


def test_every_change_of_a_line_makes_another_line() -> None:
    """If this fails, a mutant that was said to survive was never there."""
    plain = ast.unparse(ast.parse(CODE))
    made = []
    for number in range(len(list(places(ast.parse(CODE))))):
        tree = ast.parse(CODE)
        change(list(places(tree))[number])
        made.append(ast.unparse(ast.fix_missing_locations(tree)))
        compile(made[-1], "mutant", "exec")
    assert plain not in made
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_mutants_and_tests(part: str) -> None:
    """If this fails, `make mutants` tries nothing of a part, or runs no test of it."""
    found = list(mutants.mutants(part))
    assert len(found) > 20
    assert all(Path(file).exists() for file in ordered(found[0]))
    compile(source(found[-1]), "mutant", "exec")


def test_the_tests_of_the_changed_file_come_first() -> None:
    """If this fails, a mutant is caught after minutes instead of seconds."""
    mutant = Mutant(ROOT / "src/dsrna/bounds/radius.py", 0, 1, "", PARTS["bounds"])
    assert Path(ordered(mutant)[0]).name == "test_radius.py"


@pytest.mark.parametrize(("test", "expected"), [("assert False", True), ("assert True", False), ("os.abort()", True)])
def test_what_the_tests_say_is_told(test: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, mutants that no test noticed count as caught."""
    file = tmp_path / "test_it.py"
    file.write_text(f"import os\ndef test_it() -> None:\n    {test}\n")
    monkeypatch.setattr(mutants, "ordered", lambda _: ["-c", os.devnull, str(file)])
    mutant = next(mutants.mutants("metrics"))
    assert caught(replace(mutant, tests=()), 60.0) is expected


def test_tests_that_fail_without_a_change_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, every mutant counts as caught where the tests are broken."""
    file = tmp_path / "test_it.py"
    file.write_text("def test_it() -> None:\n    raise ValueError\n")
    monkeypatch.setitem(PARTS, "metrics", (str(file),))
    with pytest.raises(SystemExit, match="the tests of metrics fail without a change"):
        usual("metrics")
    file.write_text("def test_it() -> None:\n    pass\n")
    assert usual("metrics") > 0
