"""Where the edges of a final network of the DARTS space stand."""

import torch

from dsrna.runtime.modes import evaluating
from dsrna.spaces.genotype import INPUT_NODES
from dsrna.spaces.layout import CellPlace, places
from dsrna.spaces.search_cell import incoming
from dsrna.spaces.settings import NetworkSettings, SpaceSettings
from dsrna.spaces.stems import STEMS
from dsrna.spaces.tallying import Shape, Site


def sites(settings: SpaceSettings, network: NetworkSettings, shape: Shape) -> list[Site]:
    """Return every cell's edges, for images of ``shape``; sizes are halved upwards, as every operation here does."""
    with torch.device("meta"):
        stem = STEMS[network.stem](shape[0], network.channels)
        with evaluating(stem):
            height, width = stem(torch.zeros(1, *shape))[1].shape[2:]
    found = []
    for place in places(network.cells, network.channels, stem, (settings.nodes, settings.nodes)):
        entering = (place.channels, height, width)
        if place.reduces:
            height, width = -(-height // 2), -(-width // 2)
        found.append(_site(settings, place, entering, (place.channels, height, width)))
    return found


def _site(settings: SpaceSettings, place: CellPlace, entering: Shape, inside: Shape) -> Site:
    outer = [source < INPUT_NODES for inputs in incoming(settings.nodes) for source in range(inputs)]
    return Site(
        "reduce" if place.reduces else "normal",
        tuple(entering if each else inside for each in outer),
        tuple(2 if place.reduces and each else 1 for each in outer),
    )
