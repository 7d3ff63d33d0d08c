"""What a model says."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn


def predictions(model: nn.Module, x: Float[Tensor, "batch channels height width"]) -> Int64[Tensor, "batch"]:
    """Return the class with the largest logit for each image, in the mode the model is in, without gradients."""
    with torch.no_grad():
        logits: Tensor = model(x)
    return logits.argmax(dim=1)
