"""What a model says."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn


def logits(model: nn.Module, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch classes"]:
    """Return the model's logits, in the mode the model is in, without gradients."""
    with torch.no_grad():
        found: Tensor = model(x)
    return found


def predictions(model: nn.Module, x: Float[Tensor, "batch channels height width"]) -> Int64[Tensor, "batch"]:
    """Return the class with the largest logit for each image, in the mode the model is in, without gradients."""
    return logits(model, x).argmax(dim=1)
