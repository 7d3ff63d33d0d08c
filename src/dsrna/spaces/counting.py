"""How large a network is: parameters, and multiply-adds for one image."""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dsrna.runtime.modes import evaluating, fixed


def parameters(model: nn.Module) -> int:
    """Count the parameters used at test time: those of an auxiliary classifier are not."""
    return sum(value.numel() for name, value in model.named_parameters() if not name.startswith("auxiliary."))


def multiply_adds(model: nn.Module, shape: tuple[int, int, int]) -> int:
    """Count the multiply-adds of convolutions and linear layers for one image of ``(channels, height, width)``."""
    example = next(model.parameters(), torch.zeros(())).new_zeros(1, *shape)
    counter = FlopCounterMode(display=False)
    # A part that returns a view of a parameter would be waited for in a backward pass, and there is none.
    with evaluating(model), fixed(tuple(model.parameters())), torch.no_grad(), counter:
        model(example)
    return counter.get_total_flops() // 2
