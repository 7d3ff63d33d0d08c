"""The documentation, held against the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dsrna.cli.listing import KINDS
from dsrna.cli.parser import make_parser
from dsrna.recipes import named, to_yaml

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[list[str]]:
    """The `dsrna ...` lines of a page's indented blocks that are commands, not synopses."""
    lines = re.findall(r"^    dsrna (.+?)(?:\s{2,}.*|\s+#.*)?$", page.read_text(), flags=re.MULTILINE)
    return [line.split() for line in lines if not re.search(r"[A-Z]{4}|\[|NAME|\|", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_a_page_are_understood(page: Path) -> None:
    """If this fails, a user who copies a command gets an error."""
    for command in commands(page):
        make_parser().parse_args(command)


def test_there_are_commands_to_try() -> None:
    """If this fails, the test above tries nothing."""
    assert len(commands(ROOT / "README.md")) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """If this fails, a page points at a file that is not there."""
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_recipe_page_is_the_recipe() -> None:
    """If this fails, docs/reference/recipe.md shows fields or values that are not so."""
    assert to_yaml(named("digits")) in (ROOT / "docs" / "reference" / "recipe.md").read_text()


def test_the_command_line_page_names_every_kind() -> None:
    """If this fails, `dsrna list` has a kind that the reference does not name."""
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    assert all(kind in page for kind in KINDS)


def test_the_parts_page_runs() -> None:
    """If this fails, somebody who needs only a part copies code that does not work."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), nn.ReLU(), nn.Linear(3, 3))
    draw = torch.Generator().manual_seed(0)
    scope: dict[str, Any] = {
        "model": model,
        "x": torch.rand(4, 1, 6, 6, generator=draw),
        "y": torch.tensor([0, 1, 2, 0]),
    }
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "how-to" / "parts.md").read_text(), flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks[::2]:
        exec(block, scope)
    assert scope["radius"].shape == (4,)
