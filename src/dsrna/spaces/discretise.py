"""From mixing weights to a cell's edges (Liu et al. 2019, section 2.4)."""

from jaxtyping import Float
from torch import Tensor

from dsrna.spaces.genotype import EDGES_PER_NODE, INPUT_NODES


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
