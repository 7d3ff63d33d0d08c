"""Any operation between two constants: the interval of its result."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.interval import Interval
from dsrna.bounds.relaxations.relaxation import inner


@dataclass(frozen=True, eq=False)
class Constant:
    """``result.lower <= g(x) <= result.upper``: what an interval rule alone is good for."""

    result: Interval
    operands: list[Interval]

    def pull(self, adjoint: Float[Tensor, "rows *result"]) -> tuple[list[Tensor], Float[Tensor, "rows n"]]:
        pulled = [adjoint.new_zeros(len(adjoint), *operand.centre.shape) for operand in self.operands]
        below, above = adjoint.clamp(max=0), adjoint.clamp(min=0)
        return pulled, inner(above, self.result.lower) + inner(below, self.result.upper)

    def loose(self) -> list[Tensor]:
        return [torch.ones_like(operand.centre, dtype=torch.bool) for operand in self.operands]
