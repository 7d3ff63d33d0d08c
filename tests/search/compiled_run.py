"""A search whose weights step is compiled, beside the plain one; without shape checks, which would break the graph.

Prints the largest difference between what the two have found, how many graphs were compiled, and how many breaks.
"""

import sys
from dataclasses import replace

import torch
from torch import Tensor
from torch._dynamo.utils import counters

from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings
from dsrna.search.compiling import Compiled
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SpaceSettings, Supernet

SPACE = SpaceSettings(cells=1, channels=4, nodes=1, partial_channels=2)
SETTINGS = SearchSettings(epochs=4, warmup_epochs=1, batch_size=6, metric_batch=2, bound_batch=2)


def levels(method: str) -> Bilevel:
    with initialising(0):
        supernet = Supernet(SPACE, classes=3, in_channels=1, generator=generator(1)).double()
    return Bilevel.make(supernet, replace(SETTINGS, method=method))


def searched(found: Bilevel) -> Tensor:
    """Take both steps in each of three epochs, at its learning rate; return all that was searched."""
    batch = torch.rand(6, 1, 6, 6, dtype=torch.float64, generator=generator(3)), torch.arange(6) % 3
    for epoch in range(3):
        found.optimizers.set_learning_rate(0.1 / (epoch + 1))
        moment = Moment(epoch / 4, generator(4, epoch))
        found.architecture_step(batch, batch, moment)
        found.weights_step(batch, moment)
    return torch.cat([tensor.detach().double().flatten() for tensor in found.supernet.state_dict().values()])


def main() -> None:
    torch.set_num_threads(1)
    plain, other = levels(sys.argv[1]), levels(sys.argv[1])
    compiled = replace(other, compiled=Compiled(other.supernet, backend="aot_eager"))
    difference = float((searched(compiled) - searched(plain)).abs().max())
    breaks = sum(counters["graph_break"].values())
    sys.stdout.write(f"{difference} {counters['stats']['unique_graphs']} {breaks}\n")


if __name__ == "__main__":
    main()
