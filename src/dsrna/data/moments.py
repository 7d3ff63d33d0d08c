"""Mean and standard deviation of the pixels, for the model's first layer."""

import torch

from dsrna.data.images import Images

SAMPLE = 5_000
CHUNK = 500
STD_FLOOR = 1 / 255
"""One grey level: a channel that varies less carries nothing worth magnifying."""


def statistics(images: Images) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of every channel, in pixel units, std at least ``STD_FLOOR``.

    Taken over at most ``SAMPLE`` images at equal distances, so that the same images give the same numbers.
    """
    indices = torch.linspace(0, len(images) - 1, min(len(images), SAMPLE), dtype=torch.float64).long()
    moments = torch.zeros(2, images.shape[0], dtype=torch.float64)
    for start in range(0, len(indices), CHUNK):
        x = images.read(indices[start : start + CHUNK]).double()
        moments += torch.stack([x.mean((2, 3)).sum(0), x.square().mean((2, 3)).sum(0)]).cpu()
    mean, square = moments / len(indices)
    std = (square - mean.square()).clamp(min=0).sqrt().clamp(min=STD_FLOOR)
    return tuple(mean.tolist()), tuple(std.tolist())
