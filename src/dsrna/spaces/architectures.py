"""Published architectures by name: facts, each with its source."""

import json
from importlib import resources
from pathlib import Path
from typing import Final

from dsrna.errors import UserError
from dsrna.registry import Registry
from dsrna.spaces.genotype import Genotype

ARCHITECTURES: Final[Registry[Genotype]] = Registry("architecture")


def find_architecture(name_or_file: str) -> Genotype:
    """Return a published architecture by its name, or the genotype in a file; else ``UserError``."""
    if name_or_file in ARCHITECTURES:
        return ARCHITECTURES[name_or_file]
    if Path(name_or_file).is_file():
        return Genotype.load(Path(name_or_file))
    if Path(name_or_file).suffix or "/" in name_or_file:
        raise UserError(f"no file {name_or_file}; --architecture takes a genotype file or a name of `dsrna list`")
    return ARCHITECTURES[name_or_file]


def _register_published() -> None:
    facts = json.loads(resources.files("dsrna.spaces").joinpath("published.json").read_text(encoding="utf-8"))
    for name, fact in facts.items():
        genotype = Genotype.from_text(fact["genotype"], where=f"published architecture {name}")
        ARCHITECTURES.register(name, summary=fact["summary"], source=fact["source"])(genotype)


_register_published()
