"""One architecture: built, trained for a while, measured."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dsrna.data import Augmentation, Images, stratified
from dsrna.ranking.judging import Judge, accuracy, gradient_norm
from dsrna.ranking.results import ACCURACY, GRADIENT_NORM, MULTIPLY_ADDS, PARAMETERS, Score
from dsrna.ranking.settings import RankSettings
from dsrna.ranking.training import settle, train_briefly
from dsrna.runtime import seeds
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import Architecture, NetworkSettings, multiply_adds, parameters
from dsrna.training import TrainingSettings


@dataclass(frozen=True)
class Ranked:
    """What all architectures of a ranking share: data, sizes, training, seed. ``held_out`` is never trained on."""

    images: Images
    held_out: Images
    classes: int
    mean: Sequence[float]
    std: Sequence[float]
    network: NetworkSettings
    training: TrainingSettings
    augmentation: Augmentation
    seed: int
    device: torch.device

    def build(self, architecture: Architecture) -> nn.Module:
        with seeds.initialising(self.seed, "rank", "network"):
            network = architecture.build(
                classes=self.classes,
                in_channels=self.images.shape[0],
                mean=self.mean,
                std=self.std,
                **to_plain(self.network),
            )
        return network.to(self.device)

    def examples(self, count: int) -> tuple[Tensor, Tensor]:
        """Return so many held-out images and their labels, of every class alike."""
        labels, draw = self.held_out.labels.cpu(), seeds.generator(self.seed, "rank", "examples", count)
        chosen = torch.arange(len(labels)) if count >= len(labels) else stratified(labels, count, draw)[0]
        return self.held_out.read(chosen).to(self.device), labels[chosen].to(self.device)


def score(architecture: Architecture, ranked: Ranked, judge: Judge, settings: RankSettings) -> Score:
    """Build the network of an architecture, train it for the settings' steps, and measure it."""
    started = time.monotonic()
    model = ranked.build(architecture)
    if settings.steps:
        train_briefly(
            model,
            ranked.images,
            ranked.training,
            settings.steps,
            augmentation=ranked.augmentation,
            seed=ranked.seed,
        )
    else:
        settle(model, ranked.images, ranked.training, seed=ranked.seed)
    x, y = ranked.examples(settings.images)
    sound = all(bool(value.isfinite().all()) for value in model.state_dict().values())
    controls = {
        PARAMETERS: float(parameters(model)),
        MULTIPLY_ADDS: float(multiply_adds(model, ranked.images.shape)),
        ACCURACY: accuracy(model, *ranked.examples(settings.accuracy_images)) if sound else math.nan,
        GRADIENT_NORM: gradient_norm(model, x, y) if sound else math.nan,
    }
    metrics = {name: judge.metric(name, model, x, y) if sound else math.nan for name in settings.metrics}
    return Score(
        architecture.to_text(),
        _finite(metrics),
        _finite(controls),
        architecture.operation_counts(),
        time.monotonic() - started,
    )


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
