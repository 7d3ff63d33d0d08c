"""The forward pass of the weights step, compiled."""

import torch
from torch import Tensor, nn

from dsrna.spaces import Searchable
from dsrna.spaces.shapes import Images, Logits


class Compiled(nn.Module):
    """A supernet whose forward pass is compiled when it is called as this.

    Called itself it stays as it is: metrics differentiate twice, which compiled passes do not allow, and bounds trace.
    ``backend`` is one of ``torch.compile``.
    """

    def __init__(self, supernet: Searchable, backend: str = "inductor") -> None:
        super().__init__()
        self.supernet = supernet
        self.run = torch.compile(type(supernet).forward, backend=backend)

    def forward(self, x: Images) -> Logits:
        logits: Tensor = self.run(self.supernet, x)
        return logits
