"""Who may know whom: the imports of the source, held against docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "dsrna"

BASE = {"errors", "registry", "threat", "runtime"}

MAY_KNOW: dict[str, set[str]] = {
    "errors": set(),
    "registry": {"errors"},
    "runtime": {"errors", "registry"},
    "threat": {"errors", "runtime"},
    "data": BASE,
    "spaces": BASE,
    "bounds": BASE,
    "metrics": BASE | {"bounds"},
    "search": BASE | {"data", "spaces", "bounds", "metrics"},
    "training": BASE | {"data", "spaces", "bounds", "metrics"},
    "evaluation": BASE | {"data", "spaces", "bounds", "metrics"},
    "export": BASE | {"spaces"},
    "ranking": BASE | {"data", "spaces", "metrics", "training"},
    "comparison": BASE | {"spaces", "search", "training", "evaluation", "recipes"},
    "report": BASE | {"spaces", "search", "training", "evaluation", "ranking", "comparison"},
    "recipes": BASE | {"data", "spaces", "search", "training", "evaluation"},
    "stages": BASE | {"data", "spaces", "search", "training", "evaluation", "ranking", "export", "report", "recipes"},
}
"""A room: the rooms it may import. Those missing here (the command line, testing) may import any."""


def imports(path: Path) -> Iterator[str]:
    """Yield the rooms that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("dsrna."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "dsrna":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("dsrna."))


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_room_knows_only_what_it_may(room: str) -> None:
    """If this fails, a part can no longer be used, or understood, without another one."""
    files = (SOURCE / room).rglob("*.py") if (SOURCE / room).is_dir() else [SOURCE / f"{room}.py"]
    for path in files:
        strangers = set(imports(path)) - MAY_KNOW[room] - {room}
        assert not strangers, f"{path.relative_to(SOURCE)} imports {', '.join(sorted(strangers))}"


def test_every_room_is_on_the_map() -> None:
    """If this fails, docs/architecture.md does not show a room that exists, or shows one that does not."""
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text()
    drawn = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert rooms | {"errors", "registry"} == drawn
