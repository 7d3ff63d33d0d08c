"""Examples are taken apart only where they are apart."""

import pytest
import torch
from torch import Tensor, nn

from dsrna.bounds import margin_bound, output_bounds
from dsrna.bounds.passes.batchwise import MixedExamplesError, check_batchwise
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied

X = torch.rand(4, 4, generator=generator(0, "batchwise"))
LINEAR = nn.Linear(4, 4)


def layer(x: Tensor) -> Tensor:
    out: Tensor = LINEAR(x)
    return out


def stacked(x: Tensor) -> Tensor:
    return layer(torch.stack([x, -x]).relu().sum(0))


def swapped_and_back(x: Tensor) -> Tensor:
    return layer(x.transpose(0, 1).relu().transpose(0, 1))


def reversed_examples(x: Tensor) -> Tensor:
    return layer(x[torch.arange(len(x)).flip(0)].relu())


def centred(x: Tensor) -> Tensor:
    return layer((x - x.mean(0, keepdim=True)).relu())


def folded(x: Tensor) -> Tensor:
    return layer(x.reshape(2 * len(x), 2).relu().reshape(len(x), 4))


def unfolded(x: Tensor) -> Tensor:
    return layer(x.reshape(len(x), 2, 2).relu().flatten(1))


@pytest.mark.parametrize("function", [stacked, swapped_and_back, reversed_examples, centred, folded])
def test_what_moves_or_mixes_examples_is_seen(function: object) -> None:
    """Else one image's constant is added to another's bound, which is then unsound. Four examples, four features: no
    shape gives it away."""
    with pytest.raises(MixedExamplesError):
        check_batchwise(trace(Applied(function), X))  # type: ignore[arg-type]


def test_what_was_found_apart_stays_so() -> None:
    """Else a model whose trace is kept is bounded image by image from the second time on."""
    tape = trace(Applied(unfolded), X)
    for _ in range(3):
        check_batchwise(tape)


@pytest.mark.parametrize("function", [stacked, swapped_and_back, folded])
def test_examples_that_only_travel_are_bounded_one_by_one(function: object) -> None:
    """Else a model that folds its batch away for a moment cannot be bounded, or gets another's bounds."""
    model, eps = Applied(function), torch.tensor([0.0, 0.01, 0.02, 0.03])  # type: ignore[arg-type]
    lower, upper = output_bounds(model, X, eps)
    for index in range(4):
        alone = output_bounds(model, X[index : index + 1], float(eps[index]))
        torch.testing.assert_close((lower[index], upper[index]), (alone[0][0], alone[1][0]))
    y = torch.tensor([0, 1, 2, 3])
    together = margin_bound(model, X, y, eps, targets=(y + 1) % 4)
    torch.testing.assert_close(together[2:3], margin_bound(model, X[2:3], y[2:3], 0.02, targets=torch.tensor([3])))


@pytest.mark.parametrize("function", [reversed_examples, centred])
def test_a_model_that_mixes_examples_is_an_error(function: object) -> None:
    """Else the bound is of the image alone, and the output it is held against is not."""
    with pytest.raises(UserError, match="each output to be one image's own"):
        output_bounds(Applied(function), X, 0.01)  # type: ignore[arg-type]


def test_a_model_for_one_size_of_batch_only_is_an_error() -> None:
    """Else it ends in a traceback from the middle of the user's model."""

    def rigid(x: Tensor) -> Tensor:
        return layer(x.reshape(8, 2).relu().reshape(4, 4))

    with pytest.raises(UserError, match="cannot be run on one image alone"):
        output_bounds(Applied(rigid), X, 0.01)
