"""A finished search looked up in a published table: ``search/published.json``."""

from pathlib import Path

from dsrna.ranking import GroundTruth, Published, check_covers, published
from dsrna.recipes import Recipe
from dsrna.runtime.files import write_json
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import Architecture, find_architecture
from dsrna.stages.run import Run


def read_table(path: Path, recipe: Recipe) -> GroundTruth:
    """Read a table in which the recipe's architecture will be looked up; one of another space is a ``UserError``."""
    truth = GroundTruth.read(path)
    given = recipe.architecture
    check_covers(truth, recipe.space.name if given is None else find_architecture(given).space)
    return truth


def look_up(run: Run, truth: GroundTruth, architecture: Architecture) -> Published:
    """Write down what the table says of the architecture."""
    found = published(truth, architecture, run.recipe.data.name)
    write_json(run.folder.published, to_plain(found))
    return found
