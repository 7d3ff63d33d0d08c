"""First weights under which intervals neither grow nor shrink from layer to layer."""

import math
from typing import Final

import torch
from torch import nn

PRODUCTS: Final = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@torch.no_grad()
def initialise(model: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of every linear layer and convolution from N(0, 2 pi / n^2), n inputs to each output.

    Shi et al. 2021, arXiv 2103.17268, section 3.2: a product then doubles the expected radius of an interval, and ReLU
    halves it. The usual variance, 2 / n, multiplies it by sqrt(n / pi). Other parameters stay as they are.
    """
    for module in model.modules():
        if isinstance(module, PRODUCTS):
            draws = torch.randn(module.weight.shape, generator=generator)
            module.weight.copy_(draws * math.sqrt(2 * math.pi) / module.weight[0].numel())
