"""How a cell follows from strengths, and where its edges stand in the benchmark's skeleton."""

from collections.abc import Iterator

from dsrna.spaces.nasbench201.cell import Nasbench201Cell
from dsrna.spaces.nasbench201.skeleton import STAGES
from dsrna.spaces.nasbench201.text import EDGES, NODES
from dsrna.spaces.selection import Choice, Rule
from dsrna.spaces.settings import NetworkSettings, SpaceSettings
from dsrna.spaces.tallying import Shape, Site


def rule(settings: SpaceSettings) -> Rule:
    """Keep every edge, with any candidate; of the four ways to the output one stays without ``none``."""
    operations = settings.operations
    paths = tuple(_ways()) if "none" in operations else ()

    def read(choice: Choice) -> Nasbench201Cell:
        return Nasbench201Cell(tuple(operations[column] for _, column in sorted(choice["normal"])))

    return Rule(("normal",), (1,) * len(EDGES), 1, operations, tuple(range(len(operations))), read, paths)


def _ways(node: int = 0) -> Iterator[tuple[int, ...]]:
    """Yield the edges along each way from a node to the output."""
    if node == NODES - 1:
        yield ()
    for edge, (source, target) in enumerate(EDGES):
        if source == node:
            yield from ((edge, *rest) for rest in _ways(target))


def sites(_: SpaceSettings, network: NetworkSettings, shape: Shape) -> list[Site]:
    """Return every cell's edges, for images of ``shape``; the reductions halve upwards."""
    channels, (height, width) = network.channels, shape[1:]
    found = []
    for _stage in range(STAGES):
        inputs = ((channels, height, width),) * len(EDGES)
        found += [Site("normal", inputs, (1,) * len(EDGES))] * (network.cells // STAGES)
        channels, height, width = 2 * channels, -(-height // 2), -(-width // 2)
    return found
