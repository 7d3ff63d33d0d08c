"""The dominant eigenvalue of the Hessian of the validation loss in the architecture parameters."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.search.balance import flat
from dsrna.search.gradients import gradient

ITERATIONS: Final = 8
"""Products of the Hessian with a vector; each costs about two gradients of the loss."""

Vector = Float[Tensor, " parameters"]


def dominant_eigenvalue(
    loss: Tensor, parameters: Sequence[Tensor], generator: torch.Generator, iterations: int = ITERATIONS
) -> float:
    """Return the largest eigenvalue by Lanczos' method (Zela et al. 2020, arXiv 1909.09656).

    From a random vector, every new one made orthogonal to all before. Exact after as many iterations as there are
    parameters, from below before that; NaN where a product is no number. The graph of ``loss`` is used up.
    """
    first = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
    slope = torch.cat([part.flatten() for part in first])
    sizes = [parameter.numel() for parameter in parameters]

    def product(vector: Vector) -> Vector:
        return flat(gradient(slope @ vector, parameters, keep=True))

    start = torch.randn(sum(sizes), generator=generator).to(slope)
    projected = _tridiagonal(product, start, min(iterations, sum(sizes)))
    # Asked for eigenvalues of numbers that are none, torch raises an error of its own.
    return float(torch.linalg.eigvalsh(projected)[-1]) if projected.isfinite().all() else math.nan


def _tridiagonal(product: Callable[[Vector], Vector], start: Vector, iterations: int) -> Float[Tensor, "n n"]:
    """Project a symmetric operator onto the space that its powers span with ``start``."""
    basis, products = [start / start.norm()], list[Tensor]()
    while True:
        products.append(product(basis[-1]))
        rest, known = products[-1], torch.stack(basis)
        for _ in range(2):
            rest = rest - known.T @ (known @ rest)
        if len(basis) == iterations or rest.norm() <= 1e-6 * products[-1].norm():
            projected: Tensor = known @ torch.stack(products, dim=1)
            return (projected + projected.T) / 2
        basis.append(rest / rest.norm())
