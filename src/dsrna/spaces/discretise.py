"""From mixing weights to a cell's edges (Liu et al. 2019, section 2.4)."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES, Genotype
from dsrna.spaces.search_cell import incoming
from dsrna.spaces.selection import Choice, Rule
from dsrna.spaces.settings import SpaceSettings


def strongest_edges(
    weights: Float[Tensor, "edges operations"],
    edge_weights: Float[Tensor, " edges"] | None,
    operations: tuple[str, ...],
) -> tuple[tuple[str, int], ...]:
    """Keep, for each inner node, the two edges whose strongest operation weighs most, and that operation.

    ``none`` is never kept. With edge weights an operation's strength is the product of both (Xu et al. 2020).
    Of equals the first wins.
    """
    strengths = weights if edge_weights is None else weights * edge_weights[:, None]
    table = strengths.detach().tolist()
    candidates = [index for index, name in enumerate(operations) if name != "none"]
    kept: list[tuple[str, int]] = []
    start, inputs = 0, INPUT_NODES
    while start < len(table):
        best = [max(candidates, key=row.__getitem__) for row in table[start : start + inputs]]
        strength = [table[start + source][operation] for source, operation in enumerate(best)]
        sources = sorted(range(inputs), key=lambda source: -strength[source])[:EDGES_PER_NODE]
        kept += [(operations[best[source]], source) for source in sorted(sources)]
        start, inputs = start + inputs, inputs + 1
    return tuple(kept)


def rule(settings: SpaceSettings) -> Rule:
    """Return how a genotype follows from strengths: of the edges into a node two, ``none`` on neither."""
    operations, groups = settings.operations, incoming(settings.nodes)
    sources = [source for inputs in groups for source in range(inputs)]

    def cell(chosen: Sequence[tuple[int, int]]) -> tuple[tuple[str, int], ...]:
        return tuple((operations[column], sources[edge]) for edge, column in sorted(chosen))

    def read(choice: Choice) -> Genotype:
        concat = tuple(range(INPUT_NODES, INPUT_NODES + settings.nodes))
        normal, reduce = cell(choice["normal"]), cell(choice["reduce"])
        return Genotype(normal=normal, normal_concat=concat, reduce=reduce, reduce_concat=concat)

    candidates = tuple(column for column, name in enumerate(operations) if name != "none")
    return Rule(("normal", "reduce"), tuple(groups), EDGES_PER_NODE, operations, candidates, read)
