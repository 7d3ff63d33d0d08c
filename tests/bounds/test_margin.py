"""Margin and output bounds: exact where they can be, and what they promise everywhere."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import CLASSES, SHAPE, random_network
from torch import Tensor, nn

from dsrna.bounds import margin_bound, output_bounds
from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator
from dsrna.testing.metrics import SmallSupernet

SEEDS = st.integers(0, 10_000)
patient = settings(max_examples=25)


def images(seed: int, count: int = 3) -> tuple[Tensor, Tensor]:
    draw = generator(seed, "images")
    x = torch.rand(count, *SHAPE, dtype=torch.float64, generator=draw)
    return x, torch.randint(CLASSES, (count,), generator=draw)


def affine(seed: int) -> tuple[nn.Module, Tensor, Tensor]:
    """An affine network, and its matrix and offset."""
    draw = generator(seed, "affine")
    size = math.prod(SHAPE)
    layer = nn.Linear(size, CLASSES).double()
    with torch.no_grad():
        layer.weight.copy_(torch.randn(CLASSES, size, generator=draw))
    return nn.Sequential(nn.Flatten(), layer), layer.weight.detach(), layer.bias.detach()


def lowest(rows: Tensor, offset: Tensor, x: Tensor, eps: float) -> Tensor:
    """The minimum of ``rows @ x' + offset`` over the L-inf ball and [0, 1]: each pixel goes to its worse end."""
    low, high = (x - eps).clamp(0, 1).flatten(1)[:, None], (x + eps).clamp(0, 1).flatten(1)[:, None]
    return torch.where(rows > 0, rows * low, rows * high).sum(-1) + offset


@patient
@given(SEEDS, st.floats(0, 1))
def test_output_bounds_are_exact_for_affine_networks(seed: int, eps: float) -> None:
    """Output bounds would be needlessly loose, or wrong, on the one kind of network where the truth is a formula."""
    (model, weight, bias), (x, _) = affine(seed), images(seed)
    lower, upper = output_bounds(model, x, eps)
    torch.testing.assert_close(lower, lowest(weight[None], bias, x, eps))
    torch.testing.assert_close(upper, -lowest(-weight[None], -bias, x, eps))


@patient
@given(SEEDS, st.floats(0, 1))
def test_margin_bounds_are_exact_for_affine_networks(seed: int, eps: float) -> None:
    """The specification would not be folded into the last layer: what two logits share would be paid twice."""
    (model, weight, bias), (x, y) = affine(seed), images(seed)
    other = torch.stack([torch.tensor([t for t in range(CLASSES) if t != label]) for label in y.tolist()])
    rows, offset = weight[y][:, None] - weight[other], bias[y][:, None] - bias[other]
    torch.testing.assert_close(margin_bound(model, x, y, eps), lowest(rows, offset, x, eps))


@patient
@given(SEEDS)
def test_without_a_perturbation_bounds_are_the_outputs(seed: int) -> None:
    """Around a point the bound would be of another network than the one in evaluation mode."""
    model, (x, y) = random_network(generator(seed, "network")), images(seed)
    lower, upper = output_bounds(model, x, 0.0)
    with evaluating(model):
        logits = model(x)
    torch.testing.assert_close(lower, logits)
    torch.testing.assert_close(upper, logits)
    strongest = logits.scatter(1, y[:, None], -math.inf).amax(dim=1)
    runner_up = margin_bound(model, x, y, 0.0, targets="runner-up")
    torch.testing.assert_close(runner_up[:, 0], logits.gather(1, y[:, None])[:, 0] - strongest)


@patient
@given(SEEDS)
def test_bounds_widen_with_eps(seed: int) -> None:
    """A larger ball would look safer than a smaller one inside it."""
    model, (x, y) = random_network(generator(seed, "network")), images(seed)
    bounds = [margin_bound(model, x, y, eps, method="interval") for eps in (0.0, 0.01, 0.05, 0.5, 1.0)]
    assert all((wide <= narrow + 1e-9 * (1 + narrow.abs())).all() for narrow, wide in pairwise(bounds))


@patient
@given(SEEDS)
def test_folding_is_never_looser(seed: int) -> None:
    """The bound of a margin would be worse than the difference of two output bounds."""
    model, (x, y) = random_network(generator(seed, "network")), images(seed)
    lower, upper = output_bounds(model, x, 0.03, method="interval")
    target = (y + 1) % CLASSES
    apart = lower.gather(1, y[:, None]) - upper.gather(1, target[:, None])
    assert (margin_bound(model, x, y, 0.03, method="interval", targets=target) >= apart - 1e-9).all()


@patient
@given(SEEDS)
def test_examples_are_independent(seed: int) -> None:
    """One image's bound, at its own radius, would depend on what else is in the batch."""
    model, (x, y) = random_network(generator(seed, "network")), images(seed)
    eps = torch.rand(len(x), dtype=torch.float64, generator=generator(seed, "eps"))
    together = margin_bound(model, x, y, eps)
    alone = [margin_bound(model, x[i : i + 1], y[i : i + 1], float(eps[i])) for i in range(len(x))]
    torch.testing.assert_close(together, torch.cat(alone))


def test_targets_choose_columns() -> None:
    """A target would be compared with another class than the one named."""
    model, (x, _) = random_network(generator(3, "network")), images(3)
    y, target = torch.tensor([0, 2, 3]), torch.tensor([3, 1, 0])
    every = margin_bound(model, x, y, 0.02)
    torch.testing.assert_close(margin_bound(model, x, y, 0.02, targets=target)[:, 0], every[[0, 1, 2], [2, 1, 0]])


def test_gradients_are_those_of_the_bound() -> None:
    """A search would climb something else than the bound: gradients against finite differences."""
    model = SmallSupernet(generator(0, "gradients")).double()
    x = torch.rand(2, 1, 5, 5, dtype=torch.float64, generator=generator(1, "gradients"))
    y = torch.tensor([0, 3])
    names = ("alpha", "classifier.weight", "stem.0.weight", "norm.bias")

    def bound(eps: Tensor, images: Tensor, *values: Tensor) -> Tensor:
        changed = dict(zip(names, values, strict=True))
        return margin_bound(Swapped(model, changed), images, y, eps)

    parameters = dict(model.named_parameters())
    values = [parameters[name].detach().clone().requires_grad_() for name in names]
    eps = torch.tensor([0.02, 0.05], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(bound, (eps, x.clamp(0.1, 0.9).requires_grad_(), *values), fast_mode=True)


class Swapped(nn.Module):
    """A model with some parameters replaced by tensors that have a history."""

    def __init__(self, model: nn.Module, changed: dict[str, Tensor]) -> None:
        super().__init__()
        self.model = model
        self.changed = changed

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = torch.func.functional_call(self.model, self.changed, (x,))
        return logits


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"eps": 8.0}, "did you mean 8/255"),
        ({"eps": -0.1}, "eps must be a finite number that is not negative"),
        ({"eps": math.nan}, "eps must be a finite number"),
        ({"norm": 3.0}, "norm must be 1, 2 or inf"),
        ({"method": "intervall"}, "unknown bound method 'intervall'; did you mean 'interval'?"),
        ({"y": torch.tensor([0, 1, 9])}, r"y\[2\] is 9; the model has classes 0 to 3"),
        ({"y": torch.tensor([0, -1, 2])}, r"y\[1\] is -1"),
        ({"targets": torch.tensor([1, 1, 7])}, r"targets\[2\] is 7"),
        ({"targets": torch.tensor([1, 1, 3])}, r"targets\[1\] is the label itself"),
        ({"x": torch.full((3, *SHAPE), math.nan, dtype=torch.float64)}, r"x must lie in \[0, 1\] \(pixel units\)"),
        ({"x": torch.full((3, *SHAPE), 255.0, dtype=torch.float64)}, r"not in \[255, 255\]"),
        ({"x": torch.zeros(3, *SHAPE)}, "x is torch.float32 and the model torch.float64"),
        ({"model": nn.Sequential(nn.ReLU())}, r"logits of shape \(batch, classes\), not \(3, 2, 5, 5\)"),
        (
            {"model": nn.Sequential(nn.Flatten(), nn.Linear(math.prod(SHAPE), 1).double()), "y": torch.zeros(3).long()},
            "2 classes",
        ),
    ],
)
def test_mistakes_are_one_line(change: dict[str, object], reason: str) -> None:
    """A mistake would give a number, or a traceback, where a sentence says what is wrong."""
    x, _ = images(0)
    given = {"model": affine(0)[0], "x": x, "y": torch.tensor([0, 1, 2]), "eps": 0.1, **change}
    with pytest.raises(UserError, match=reason) as error:
        margin_bound(**given)  # type: ignore[arg-type, call-arg]
    assert "\n" not in str(error.value)
