"""How large the final network of a run is."""

import torch

from dsrna.runtime.serialise import to_plain
from dsrna.spaces import SPACES, Architecture, Sizes, multiply_adds, parameters
from dsrna.stages.run import Run


def space_sizes(run: Run) -> Sizes:
    """Return how large the final networks of the run's space are."""
    recipe, data = run.recipe, run.dataset
    return SPACES[recipe.space.name].sizes(recipe.space, recipe.network, len(data.classes), data.train.shape)


def network_sizes(run: Run, architecture: Architecture) -> dict[str, int]:
    """Count the final network of an architecture, of whatever space, without making it."""
    classes, shape = len(run.dataset.classes), run.dataset.train.shape
    with torch.device("meta"):
        network = architecture.build(classes=classes, in_channels=shape[0], **to_plain(run.recipe.network))
        return {"parameters": parameters(network), "multiply-adds": multiply_adds(network, shape)}
