"""A small network that uses everything a training must save, and a training with few arguments."""

from functools import cache

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Dataset, DataSettings, Images, load
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.processes import ALONE, Processes
from dsrna.runtime.progress import Reporter, Silent
from dsrna.training import Trained, TrainingEpoch, TrainingSettings, train

CPU = torch.device("cpu")
NO_AUGMENTATION = Augmentation()


class Network(nn.Module):
    """Batch norm (buffers), dropout (torch's own random state), dropped features (a generator), a second classifier."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.features = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten())
            self.dropout = nn.Dropout(0.1)
            self.classifier, self.second = nn.Linear(288, 10), nn.Linear(288, 10)
        self.drops: list[float] = []
        self.generator: torch.Generator | None = None

    def set_drop_path(self, probability: float, generator: torch.Generator | None) -> None:
        self.drops.append(probability)
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_with_auxiliary(x)[0]

    def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features(x)
        if self.training and self.generator is not None:
            features = features * (torch.rand(len(x), 1, generator=self.generator) >= self.drops[-1])
        features = self.dropout(features)
        return self.classifier(features), self.second(features)


@cache
def digits() -> Dataset:
    return load(DataSettings("digits", limit=400), seed=0, device=CPU)


def learn(
    model: nn.Module,
    settings: TrainingSettings,
    *,
    images: Images | None = None,
    augmentation: Augmentation = NO_AUGMENTATION,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
    seed: int = 0,
) -> tuple[TrainingEpoch, ...]:
    return trained(
        model,
        settings,
        images=images,
        augmentation=augmentation,
        checkpoints=checkpoints,
        reporter=reporter,
        seed=seed,
    ).history


def trained(
    model: nn.Module,
    settings: TrainingSettings,
    *,
    images: Images | None = None,
    augmentation: Augmentation = NO_AUGMENTATION,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
    seed: int = 0,
    processes: Processes = ALONE,
) -> Trained:
    return train(
        model,
        images or digits().train,
        settings,
        augmentation=augmentation,
        seed=seed,
        checkpoints=checkpoints or Checkpoints(),
        reporter=reporter or Silent(),
        device=CPU,
        processes=processes,
    )
