"""Small searches in float64, to be done by one process or by several: `torchrun ... shared_searches.py FOLDER`."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dsrna.data import Augmentation, TensorImages
from dsrna.runtime.checkpoint import write_tensors
from dsrna.runtime.processes import Processes, joined
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.search import SearchSettings, search
from dsrna.spaces import SPACES, NetworkSettings, Searchable, Sizes, SpaceSettings
from dsrna.spaces.nasbench201.operations import CANDIDATES

SETTINGS = SearchSettings(epochs=2, warmup_epochs=1, batch_size=8, metric_batch=3, bound_batch=1, gamma=0.1)
CELLS = SpaceSettings(cells=2, channels=4, nodes=1)
NETWORK = NetworkSettings(cells=3, channels=4)
SECOND = SpaceSettings("nasbench201", cells=3, channels=4, operations=CANDIDATES)

STOPPED = {
    "method": "darts",
    "epochs": 8,
    "watch": True,
    "stopping": "eigenvalue",
    "learning_rate": 1.0,
    "architecture_learning_rate": 0.1,
}
"""So fast that the eigenvalue rises, and the gap is not 0 all the time."""


@dataclass(frozen=True)
class Case:
    """A search: what it changes in ``SETTINGS``, its space, how many images it has, and whether sizes are counted."""

    changes: dict[str, Any] = field(default_factory=dict)
    space: SpaceSettings = CELLS
    images: int = 20
    goal: str = "standard"
    sized: bool = False

    def sizes(self) -> Sizes | None:
        return SPACES[self.space.name].sizes(self.space, NETWORK, 3, (1, 6, 6)) if self.sized else None

    def supernet(self) -> Searchable:
        with initialising(0):
            build = SPACES[self.space.name].supernet
            return build(self.space, classes=3, in_channels=1, generator=generator(1)).double()

    def search(self, processes: Processes) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
        """Return the supernet's tensors at the end, and the rows of its history."""
        supernet, draw = self.supernet(), generator(2)
        pixels = torch.rand(self.images, 1, 6, 6, generator=draw, dtype=torch.float64)
        images = Precise(pixels, torch.randint(3, (self.images,), generator=draw))
        settings, augmentation = replace(SETTINGS, **self.changes), Augmentation(pad=1, flip=True, cutout=2)
        found = search(
            supernet,
            images,
            images,
            settings,
            augmentation=augmentation,
            goal=self.goal,
            sizes=self.sizes(),
            processes=processes,
        )
        return supernet.state_dict(), to_plain(found.history)


class Precise(TensorImages):
    """Images that are read in float64."""

    def read(self, indices: Tensor) -> Tensor:
        return self._pixels[indices]


CASES = {
    "plain": Case({"method": "darts"}),
    "second order": Case({"method": "dsrna-jacobian", "order": 2}),
    "a metric of one image": Case({"method": "dsrna-combined"}),
    "balanced, adversarial": Case({"method": "dsrna-radius"}, goal="adversarial"),
    "moved mixing weights": Case({"method": "sdarts-adv"}, space=replace(CELLS, partial_channels=2)),
    "an odd batch": Case({"method": "dsrna-jacobian"}, images=7),
    "drawn architecture parameters": Case({"method": "racl"}),
    "held to a size": Case({"method": "dsrna-balanced", "params": (4000, 5000)}, sized=True),
    "watched, stopped early": Case(STOPPED, space=replace(CELLS, cells=1), images=16),
    "second space": Case({"method": "noise"}, space=SECOND),
}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with joined() as processes:
        for name, case in CASES.items():
            tensors, history = case.search(processes)
            write_tensors(folder / f"{name}-{processes.rank}.safetensors", tensors, {"history": history})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
