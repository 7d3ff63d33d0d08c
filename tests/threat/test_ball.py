"""The ball: what projects, draws and points stays where it says."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dsrna.threat import ThreatModel, distance, inside, project, random_start, steepest

NORMS = (math.inf, 2.0, 1.0)


def images(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images with some pixels on the faces of the box, where projections go wrong first."""
    generator = torch.Generator().manual_seed(seed)
    return (2 * torch.rand(*shape, generator=generator, dtype=dtype) - 0.5).clamp(0, 1)


def wild(seed: int, scale: float, x: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return x + scale * torch.randn(x.shape, generator=generator, dtype=x.dtype)


@given(
    seed=st.integers(0, 10**6),
    norm=st.sampled_from(NORMS),
    eps=st.one_of(st.sampled_from([0.0, 1 / 255, 8 / 255, 1.0]), st.floats(0, 1)),
    scale=st.sampled_from([1e-4, 0.1, 10.0]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
@settings(max_examples=150)
def test_a_projection_lies_inside(seed: int, norm: float, eps: float, scale: float, dtype: torch.dtype) -> None:
    """Else an attack would report adversarial images that the threat model does not allow."""
    x = images(seed, 3, 2, 3, 3, dtype=dtype)
    threat = ThreatModel(eps, norm)
    assert inside(project(wild(seed + 1, scale, x), x, threat), x, threat).all()


@given(seed=st.integers(0, 10**6), norm=st.sampled_from(NORMS), eps=st.floats(0.01, 1))
@settings(max_examples=50)
def test_a_projection_keeps_what_is_inside(seed: int, norm: float, eps: float) -> None:
    """Else ascent would drift back to the centre and attacks would be weaker than they claim."""
    x = images(seed, 4, 1, 2, 2)
    threat = ThreatModel(eps, norm)
    already = random_start(x, threat, seed)
    assert torch.equal(project(already, x, threat), already)


@given(seed=st.integers(0, 10**6), norm=st.sampled_from(NORMS), eps=st.floats(0.05, 0.8))
@settings(max_examples=50)
def test_no_point_of_ball_and_box_is_nearer(seed: int, norm: float, eps: float) -> None:
    """Else the projection is only some point inside, and projected ascent loses its convergence."""
    x = images(seed, 1, 4, dtype=torch.float64)
    threat = ThreatModel(eps, norm)
    outside = wild(seed + 1, 0.7, x)
    nearest = distance(project(outside, x, threat), outside, 2.0)
    others = random_start(x.expand(300, 4) + 1e-12 * torch.arange(300).unsqueeze(1), ThreatModel(eps, norm), seed)
    others = project(others.clamp(0, 1), x.expand(300, 4), threat)
    assert (distance(others, outside.expand(300, 4), 2.0) >= nearest - 1e-9).all()


def test_projection_onto_the_l1_ball_thresholds_softly() -> None:
    """Else the closed form of Duchi et al. (2008) is missed on the case worked out by hand."""
    x = torch.full((1, 3), 0.5)
    result = project(x + torch.tensor([[0.4, -0.2, 0.05]]), x, ThreatModel(0.4, 1.0))
    assert torch.allclose(result, torch.tensor([[0.8, 0.4, 0.5]]), atol=1e-6)


def test_projection_gives_a_clipped_pixels_share_to_the_others() -> None:
    """Else the ball's projection is clipped afterwards and part of the budget is lost at the face of the box."""
    x = torch.tensor([[0.9, 0.5]])
    result = project(torch.tensor([[1.4, 1.0]]), x, ThreatModel(0.3, 2.0))
    assert torch.allclose(result, torch.tensor([[1.0, 0.5 + math.sqrt(0.08)]]), atol=1e-6)


def test_what_is_not_a_number_lies_outside() -> None:
    """Else a broken attack could pass the check by returning NaN."""
    x = torch.full((2, 3), 0.5)
    broken = x.clone()
    broken[1, 2] = math.nan
    assert inside(broken, x, ThreatModel(1.0)).tolist() == [True, False]


@pytest.mark.parametrize("norm", NORMS)
def test_a_start_depends_on_its_own_image_alone(norm: float) -> None:
    """Else an image's result would change with the batch that it is in."""
    x = images(3, 5, 3, 4, 4)
    threat = ThreatModel(0.3, norm)
    together = random_start(x, threat, seed=7)
    for row in range(len(x)):
        assert torch.equal(together[row : row + 1], random_start(x[row : row + 1], threat, seed=7))
    assert torch.equal(together.flip(0), random_start(x.flip(0), threat, seed=7))
    assert not torch.equal(together, random_start(x, threat, seed=8))


@pytest.mark.parametrize(("norm", "squared"), [(math.inf, 1 / 3), (2.0, 1 / 4), (1.0, 1 / 6)])
def test_starts_are_uniform_in_the_ball(norm: float, squared: float) -> None:
    """Else restarts huddle in a corner. In the plane, E[u_1^2] is known for each of the three balls."""
    x = 0.5 + 1e-5 * torch.arange(4000).unsqueeze(1).expand(4000, 2)
    change = (random_start(x, ThreatModel(0.1, norm), seed=0) - x) / 0.1
    assert change.mean(dim=0).abs().max() < 0.03
    assert change.square().mean(dim=0).sub(squared).abs().max() < 0.02


@given(seed=st.integers(0, 10**6), norm=st.sampled_from(NORMS), scale=st.sampled_from([1e-30, 1.0, 1e20]))
@settings(max_examples=50)
def test_the_steepest_direction_has_norm_one(seed: int, norm: float, scale: float) -> None:
    """Else the step size would not be in pixel units, or a sure network's tiny gradients would stop the ascent."""
    gradient = scale * wild(seed, 1.0, torch.zeros(2, 3, 4, 4))
    assert torch.allclose(distance(steepest(gradient, norm), torch.zeros(2, 3, 4, 4), norm).float(), torch.ones(2))


def test_l1_moves_the_largest_hundredth_of_the_entries_in_equal_parts() -> None:
    """Else a step would move one pixel of an image, and short attacks would leave the rest as it was."""
    gradient = wild(0, 1.0, torch.zeros(1, 3, 10, 10))
    expected = torch.zeros(300)
    largest = gradient.flatten().abs().argsort(descending=True)[:3]
    expected[largest] = gradient.flatten()[largest].sign() / 3
    assert torch.allclose(steepest(gradient, 1.0).flatten(), expected)


@pytest.mark.parametrize("norm", NORMS)
def test_no_gradient_no_direction(norm: float) -> None:
    """Else a flat objective would move the image, or turn it into NaN."""
    assert torch.equal(steepest(torch.zeros(2, 5), norm), torch.zeros(2, 5))
