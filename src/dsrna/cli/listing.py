"""``dsrna list``: everything that is registered, with its source."""

from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from dsrna.bounds import METHODS as BOUNDS
from dsrna.data import DATASETS
from dsrna.errors import UserError
from dsrna.evaluation import ATTACKS, CERTIFICATES, CORRUPTIONS
from dsrna.metrics import METRICS
from dsrna.recipes import RECIPES
from dsrna.registry import Registry, unknown
from dsrna.search import METHODS
from dsrna.spaces import ARCHITECTURES, OPERATIONS, SPACES, STEMS
from dsrna.training import TRAININGS

KINDS: Final[dict[str, Registry[Any]]] = {
    "recipes": RECIPES,
    "data": DATASETS,
    "spaces": SPACES,
    "operations": OPERATIONS,
    "stems": STEMS,
    "architectures": ARCHITECTURES,
    "methods": METHODS,
    "metrics": METRICS,
    "trainings": TRAININGS,
    "attacks": ATTACKS,
    "corruptions": CORRUPTIONS,
    "bounds": BOUNDS,
    "certificates": CERTIFICATES,
}


def show(kind: str | None, console: Console) -> None:
    """Print one kind, or all of them; an unknown kind is a ``UserError``."""
    if kind is not None and kind not in KINDS:
        raise UserError(unknown("kind", "kinds", kind, tuple(KINDS)))
    for name, registry in KINDS.items():
        if kind in {None, name}:
            console.print(_table(name, registry))


def _table(name: str, registry: Registry[Any]) -> Table:
    table = Table(title=name, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("what it is")
    table.add_column("from")
    for record in registry:
        table.add_row(record.name, record.summary, record.source)
    return table
