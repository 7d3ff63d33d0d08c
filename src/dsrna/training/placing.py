"""How a network and its images lie on a device, and what their forward pass is compiled to."""

import torch
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.runtime.memory_format import lay_out
from dsrna.training.settings import TrainingSettings


def place(model: nn.Module, settings: TrainingSettings, device: torch.device) -> None:
    """Lay the model out as the settings want it, in place. ``compile`` on a CPU is a ``UserError``."""
    if settings.compile and device.type != "cuda":
        raise UserError("training compile is for a GPU; on a CPU it takes minutes and gains little: leave it false")
    if _channels_last(settings, device):
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    lay_out(model)
    if settings.compile:
        model.compile()


def laid_out(x: Tensor, settings: TrainingSettings) -> Tensor:
    """Return the images as the model lies."""
    return x.contiguous(memory_format=torch.channels_last) if _channels_last(settings, x.device) else x


def _channels_last(settings: TrainingSettings, device: torch.device) -> bool:
    """Tell whether the units that multiply small numbers fast will be used, which want channels side by side."""
    return settings.reduced and device.type == "cuda"
