"""What a model says."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from dsrna.errors import UserError


def logits(model: nn.Module, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch classes"]:
    """Return the model's logits, in the mode the model is in, without gradients; ``UserError`` if one is not finite.

    Of numbers that are none the largest is the first class: they would be counted as its images.
    """
    with torch.no_grad():
        found: Tensor = model(x)
    if not found.isfinite().all():
        raise UserError("the model's logits are not finite; it was not trained well, or its weights are damaged")
    return found


def predictions(model: nn.Module, x: Float[Tensor, "batch channels height width"]) -> Int64[Tensor, "batch"]:
    """Return the class with the largest logit for each image, in the mode the model is in, without gradients."""
    return logits(model, x).argmax(dim=1)
