"""Small trainings in float64, to be done by one process or by several: `torchrun ... shared_trainings.py FOLDER`."""

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, TensorImages
from dsrna.runtime.checkpoint import Checkpoints, write_tensors
from dsrna.runtime.processes import Processes, joined
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.training import FreeSettings, TrainingSettings, train

SETTINGS = TrainingSettings(
    epochs=2, batch_size=8, learning_rate=0.05, holdout=0.3, steps=2, free=FreeSettings(replays=2), averaging=0.5
)


class Precise(TensorImages):
    """Images that are read in float64."""

    def read(self, indices: Tensor) -> Tensor:
        return self._pixels[indices]


@dataclass(frozen=True)
class Case:
    """A training: what it changes in ``SETTINGS``, and how many images it has."""

    changes: dict[str, Any] = field(default_factory=dict)
    images: int = 40

    def train(self, processes: Processes) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
        """Return the network's tensors at the end, and the rows of its history."""
        draw = generator(2)
        pixels = torch.rand(self.images, 1, 6, 6, generator=draw, dtype=torch.float64)
        images = Precise(pixels, torch.arange(self.images) % 3)
        with initialising(0):
            convolution = (nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
            network = nn.Sequential(*convolution, nn.Flatten(), nn.Linear(16, 3)).double()
        trained = train(
            network,
            images,
            replace(SETTINGS, **self.changes),
            augmentation=Augmentation(pad=1, flip=True, cutout=2),
            seed=0,
            checkpoints=Checkpoints(),
            reporter=Silent(),
            device=torch.device("cpu"),
            processes=processes,
        )
        return network.state_dict(), to_plain(trained.history)


CASES = {
    "standard": Case({"label_smoothing": 0.1}),
    "pgd": Case({"method": "pgd"}),
    "trades in parts": Case({"method": "trades", "accumulate": 2}),
    "fast": Case({"method": "fast"}),
    "free": Case({"method": "free"}),
    "an odd batch": Case({"method": "pgd", "holdout": 0.0}, images=7),
}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with joined() as processes:
        for name, case in CASES.items():
            tensors, history = case.train(processes)
            write_tensors(folder / f"{name}-{processes.rank}.safetensors", tensors, {"history": history})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
