"""The best that any linear relaxation of one hidden ReLU layer can prove, as a linear program.

Each ReLU is replaced by the convex hull of its graph (Ehlers 2017, arXiv 1705.01320). CROWN with the best lower slopes
reaches this optimum where there is one hidden layer (Salman et al. 2019, arXiv 1902.08722, theorem 4.2).
"""

import numpy as np
from linear_minimum import Array, linear_minimum
from relu_minimum import ball
from scipy.optimize import linprog
from torch import Tensor, nn


def triangle_minimum(hidden: nn.Linear, row: Tensor, x: Tensor, eps: float, norm: float) -> float:
    """The minimum of ``row @ h`` for ``h`` in the hull of ``ReLU(hidden(x'))``, over the ball of norm 1 or infinity."""
    weight, bias = hidden.weight.detach().numpy(), hidden.bias.detach().numpy()
    polytope, flat = ball(x, eps, norm), x.reshape(-1).numpy()
    more, count = len(polytope.bounds) - weight.shape[1], len(weight)
    low, high = pre_activation_bounds(weight, bias, flat, eps, norm)
    chord = np.maximum(high, 0) / (np.maximum(high, 0) - np.minimum(low, 0))  # 0 if never active, 1 if always
    above = np.where(low < 0, chord * -low, 0)
    nothing = np.zeros((count, more))
    matrix = np.vstack(
        [
            np.hstack([polytope.matrix, np.zeros((len(polytope.limit), count))]),
            np.hstack([weight, nothing, -np.eye(count)]),
            np.hstack([-chord[:, None] * weight, nothing, np.eye(count)]),
        ]
    )
    limit = np.concatenate([polytope.limit, -bias, chord * bias + above])
    cost = np.concatenate([np.zeros(len(polytope.bounds)), row.numpy()])
    result = linprog(cost, matrix, limit, bounds=[*polytope.bounds, *[(0.0, None)] * count])
    assert result.status == 0, result.message
    return float(result.fun)


def pre_activation_bounds(weight: Array, bias: Array, x: Array, eps: float, norm: float) -> tuple[Array, Array]:
    """The exact smallest and largest values of ``weight @ x' + bias``, row by row."""
    low = np.array([linear_minimum(row, x, eps, norm) for row in weight]) + bias
    high = -np.array([linear_minimum(-row, x, eps, norm) for row in weight]) + bias
    return low, high
