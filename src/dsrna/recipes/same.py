"""Whether two recipes search and train alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from dsrna.errors import UserError
from dsrna.recipes.recipe import Recipe
from dsrna.runtime.serialise import to_plain


def check_same(old: Recipe, new: Recipe, folder: Path) -> None:
    """Refuse to go on in a ``folder`` whose run searches and trains otherwise, naming the first field that differs."""
    difference = next(_differences(_comparable(old), _comparable(new)), None)
    if difference:
        name, was, wanted = difference
        raise UserError(
            f"{folder} holds a run with {name} = {was}, this one asks for {wanted}; "
            "choose another folder with --out, or remove that one"
        )


def _comparable(recipe: Recipe) -> dict[str, Any]:
    """Return what search and training depend on. Where data lie counts only for the user's own.

    How many threads decode images changes none of them, nor does how often it is saved.
    """
    plain = to_plain(recipe)
    for name in ("attack", "certify", "device", "threads"):
        del plain[name]
    del plain["data"]["workers"], plain["search"]["checkpoint_minutes"], plain["training"]["checkpoint_minutes"]
    own = recipe.data.name == "folder" and recipe.data.directory is not None
    plain["data"]["directory"] = str(recipe.data.directory.resolve()) if own and recipe.data.directory else None
    return cast("dict[str, Any]", plain)


def _differences(old: dict[str, Any], new: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any, Any]]:
    for name, was in old.items():
        wanted = new[name]
        if isinstance(was, dict) and isinstance(wanted, dict):
            yield from _differences(was, wanted, f"{path}{name}.")
        elif was != wanted:
            yield f"{path}{name}", was, wanted
