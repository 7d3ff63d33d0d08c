"""Layouts: faster, and otherwise not to be seen."""

import pytest
import torch
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.evaluation.attacks import pgd
from dsrna.recipes import RECIPES
from dsrna.runtime.memory_format import fast_format, lay_out
from dsrna.spaces import ARCHITECTURES

LAST = torch.channels_last


class Viewing(nn.Module):
    """A model whose head takes the layout of its features for granted."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 6, 3)
        self.head = nn.Linear(6 * 6 * 6, 4)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.convolution(x).view(len(x), -1))
        return out


def cell_network() -> nn.Module:
    torch.manual_seed(0)
    return ARCHITECTURES["darts-v2"].build(cells=2, channels=8, classes=4, in_channels=1).eval()


def strides(model: nn.Module) -> list[tuple[int, ...]]:
    return [weight.stride() for weight in model.parameters()]


def test_a_network_runs_with_channels_side_by_side_and_says_the_same() -> None:
    """Else nothing is gained, or results change with the layout."""
    model, x = cell_network(), torch.rand(3, 1, 8, 8)
    stem = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    before, logits = strides(model), model(x)
    with fast_format(model, x):
        assert stem(x).is_contiguous(memory_format=LAST)
        assert not stem(x).is_contiguous()
        torch.testing.assert_close(model(x), logits)
    assert strides(model) == before
    assert stem(x).is_contiguous()


@pytest.mark.parametrize(
    ("inputs", "kernel", "stride", "stays"), [(15, 1, 2, True), (16, 1, 2, False), (4, 1, 1, False), (4, 3, 2, False)]
)
def test_a_network_whose_gradients_would_be_wrong_is_not_laid_out(
    inputs: int, kernel: int, stride: int, stays: bool
) -> None:
    """Else training a small network writes past the end of a buffer of oneDNN's: it crashes, or learns nonsense."""
    model = nn.Sequential(nn.Conv2d(3, inputs, 3), nn.Conv2d(inputs, 8, kernel, stride=stride))
    before = strides(model)
    lay_out(model)
    assert (strides(model) == before) is stays


@pytest.mark.parametrize("recipe", RECIPES.names())
def test_no_recipe_pays_for_that(recipe: str) -> None:
    """If this fails, the documentation says of a recipe that it trains as fast as it can, and it does not."""
    sizes = RECIPES[recipe]().network
    model = ARCHITECTURES["darts-v2"].build(
        cells=sizes.cells, channels=sizes.channels, classes=10, in_channels=1, stem=sizes.stem
    )
    before = strides(model)
    lay_out(model)
    assert strides(model) != before


def test_weights_are_handed_back_after_an_error() -> None:
    """Else a failed attack leaves the caller's model changed."""
    model = cell_network()
    before = strides(model)
    with pytest.raises(KeyError), fast_format(model, torch.rand(1, 1, 8, 8)):
        raise KeyError
    assert strides(model) == before


def test_a_model_that_depends_on_its_layout_keeps_it() -> None:
    """Else a model with a view of its features can no longer be attacked."""
    torch.manual_seed(0)
    model, x, y = Viewing(), torch.rand(5, 1, 8, 8), torch.tensor([0, 1, 2, 3, 0])
    before = strides(model)
    adversarial = pgd(model, x, y, eps=0.1, steps=2, early_stop=False)
    assert (adversarial != x).any()
    assert strides(model) == before


def test_a_models_own_error_is_the_one_that_is_raised() -> None:
    """Else trying the layout hides what is wrong with the model."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())
    with pytest.raises((RuntimeError, UserError), match="channels"):
        pgd(model, torch.rand(1, 1, 8, 8), torch.tensor([0]), eps=0.1)


def test_float64_stays_as_it_is() -> None:
    """Else exact computations slow down: there the layout gains nothing."""
    model = cell_network().double()
    before = strides(model)
    lay_out(model)
    assert strides(model) == before


def test_what_lies_so_already_is_left_alone() -> None:
    """Else every attack within a training copies all weights and runs the model once more."""
    model = cell_network()
    lay_out(model)
    pointers = [weight.data_ptr() for weight in model.parameters()]
    calls: list[None] = []
    model.register_forward_hook(lambda *_: calls.append(None))
    with fast_format(model, torch.rand(1, 1, 8, 8)):
        assert [weight.data_ptr() for weight in model.parameters()] == pointers
    assert not calls
