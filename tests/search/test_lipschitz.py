"""RACL: a bound of the Lipschitz constant, its distribution, and the constraint on it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dsrna.errors import UserError
from dsrna.runtime.modes import evaluating
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings
from dsrna.search.gradients import gradient
from dsrna.search.lipschitz import Constraint, LipschitzSettings
from dsrna.search.lipschitz_moments import cell_moments, gains, lognormal, network_moments, quantile
from dsrna.search.optimizers import Optimizers
from dsrna.search.steps import Bilevel, Moment
from dsrna.spaces import SPACES, SpaceSettings, Supernet
from dsrna.spaces.gains import block_gain
from dsrna.spaces.search_cell import SearchCell

SETTINGS = SearchSettings(method="racl", epochs=3, warmup_epochs=1)
ONE = (torch.ones((), dtype=torch.float64),) * 2


def make_supernet(partial_channels: int = 1, cells: int = 3, nodes: int = 2) -> Supernet:
    """A supernet whose weights, statistics and architecture parameters are far from their first ones."""
    space = SpaceSettings(cells=cells, channels=4, nodes=nodes, partial_channels=partial_channels)
    with initialising(0):
        supernet = Supernet(space, classes=3, in_channels=1, generator=generator(1)).double()
    with torch.no_grad():
        for alpha in supernet.alpha.values():
            alpha.copy_(torch.randn(alpha.shape, generator=generator(2)))
        for _ in range(3):
            supernet(3 * torch.rand(8, 1, 8, 8, generator=generator(3), dtype=torch.float64))
    supernet.spread(0.3)
    return supernet


def batch() -> tuple[Tensor, Tensor]:
    return torch.rand(8, 1, 8, 8, generator=generator(4), dtype=torch.float64), torch.arange(8) % 3


def pairs(shape: tuple[int, ...]) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Two inputs, far apart and near, with their distance in L-inf."""
    for seed in range(20):
        draw = generator(seed, "pairs")
        x, away = (torch.randn(shape, generator=draw, dtype=torch.float64) for _ in range(2))
        step = away.sign() * 10 ** -(seed % 4)
        yield x, x + step, step.abs().max().item()


@pytest.mark.parametrize("kind", [0, 1])
def test_no_candidate_stretches_more_than_its_gain(kind: int) -> None:
    """If this fails, what is held down is no bound of the Lipschitz constant."""
    cell = make_supernet().eval().cells[kind]
    assert isinstance(cell, SearchCell)
    edges = next(iter(cell.leaving()))
    table = gains(cell)
    count, channels = next(edges.each()).stack.edges, cell.mixed_channels
    assert (table[:, 0] == 0).all(), "none computes nothing"
    for column in range(1, table.shape[1]):
        weights = F.one_hot(torch.tensor([column] * count), table.shape[1]).double()
        portions = edges.portions(weights)
        for x, away, distance in pairs((2, channels, 6, 6)):
            stretch = (edges(away, portions) - edges(x, portions)).abs().amax(dim=(0, 2, 3)) / distance
            of_edges = table[[0, 2][:count], column]
            assert (stretch.reshape(count, channels).amax(dim=1) <= of_edges + 1e-9).all(), column


@pytest.mark.parametrize("partial_channels", [1, 2])
def test_the_cells_stretch_less_than_their_bound(partial_channels: int) -> None:
    """If this fails, the bound forgets an edge, a node or a cell."""
    supernet = make_supernet(partial_channels).eval()
    weights = {cell: (mean.double(), mean.double().square()) for cell, mean in supernet.mixtures().items()}
    mean, square = network_moments(supernet, weights)
    assert square.item() == pytest.approx(mean.item() ** 2), "weights that are not drawn do not vary"
    for x, away, distance in pairs((2, 12, 6, 6)):
        assert (through(supernet, away) - through(supernet, x)).abs().max() / distance <= mean


def through(supernet: Supernet, x: Tensor) -> Tensor:
    before_last = last = x
    for cell, reduces in zip(supernet.cells, supernet.reduces, strict=True):
        assert isinstance(cell, SearchCell)
        mixing = cell.mixing(*supernet.mixing_weights("reduce" if reduces else "normal"))
        before_last, last = last, cell(before_last, last, mixing)
    return last


def test_the_moments_are_those_of_drawn_weights() -> None:
    """If this fails, the confidence is that of another distribution."""
    supernet = make_supernet(cells=1, nodes=1).eval()
    (cell,) = supernet.cells
    assert isinstance(cell, SearchCell)
    alpha, spread = supernet.alpha["reduce"].detach(), supernet.spreads["reduce"].detach()
    mean, square = cell_moments(cell, ONE, ONE, lognormal(alpha, spread), None)
    noise = torch.randn(200_000, *alpha.shape, generator=generator(5), dtype=torch.float64)
    whole = (alpha + spread.exp().square() / 2).exp().sum(dim=1, keepdim=True)
    weights = (alpha + spread.exp() * noise).exp() / whole
    starts = torch.stack([block_gain(cell.first), block_gain(cell.second)])
    drawn = ((weights * gains(cell)).sum(dim=2) * starts).sum(dim=1)
    assert mean.item() == pytest.approx(drawn.mean().item(), rel=5e-3)
    assert square.item() == pytest.approx(drawn.square().mean().item(), rel=1e-2)


def test_a_quantile_is_that_of_the_log_normal() -> None:
    """If this fails, the constant exceeds its bound more often than it may."""
    draws = torch.exp(1.5 + 0.4 * torch.randn(400_000, generator=generator(6), dtype=torch.float64))
    found = quantile((draws.mean(), draws.square().mean()), 0.9)
    assert found.item() == pytest.approx(draws.quantile(0.9).log().item(), abs=0.01)
    assert quantile(ONE, 0.5).item() == 0.0


def test_the_upper_level_is_the_drawn_loss_and_the_multiplied_constraint() -> None:
    """If this fails, the method is not the one that its page describes."""
    levels = Bilevel.make(make_supernet(), SETTINGS)
    supernet, constraint, (x, y) = make_supernet(), levels.upper.constraint, batch()
    supernet.load_state_dict(levels.supernet.state_dict())
    constraint.multiplier = 0.2
    now = Moment(0.5, generator(7))
    levels.architecture_step((x, y), (x, y), now)
    found = [part.grad for part in levels.supernet.architecture_parameters()]
    now = Moment(0.5, generator(7))
    now.seed()  # what the images are drawn with
    parameters = supernet.architecture_parameters()
    excess = constraint.excess(supernet)
    of_excess = gradient(excess, parameters)
    shares = {}
    for cell in ("normal", "reduce"):
        noise = torch.randn(supernet.alpha[cell].shape, generator=now.generator).double()
        shares[cell] = torch.softmax(supernet.alpha[cell] + supernet.spreads[cell].exp() * noise, dim=1)
    supernet.mixing_weights = lambda cell: (shares[cell], None)  # type: ignore[method-assign]
    of_loss = gradient(F.cross_entropy(supernet.train()(x), y), parameters)
    weight = max(0.0, 0.2 + SETTINGS.lipschitz.step * excess.item())
    expected = [left + weight * right for left, right in zip(of_loss, of_excess, strict=True)]
    for ours, plain in zip(found, expected, strict=True):
        assert ours is not None
        torch.testing.assert_close(ours, plain)
    assert any(part.abs().max() > 0 for part in of_excess)


@pytest.mark.parametrize(("ratio", "grows"), [(1e-3, True), (1e3, False)])
def test_the_multiplier_grows_while_the_constraint_is_broken(ratio: float, grows: bool) -> None:
    """If this fails, the constraint is a wish, or weighs on after it holds."""
    lipschitz = replace(SETTINGS.lipschitz, ratio=ratio)
    levels = Bilevel.make(make_supernet(), replace(SETTINGS, lipschitz=lipschitz))
    for _ in range(2):
        levels.architecture_step(batch(), batch(), Moment(0.5, generator(7)))
    assert (levels.upper.constraint.multiplier > 0) == grows


def test_spreads_do_not_decay() -> None:
    """If this fails, weight decay, which pulls logarithms to 0, widens the draws to a deviation of 1 by itself."""
    supernet = make_supernet()
    before = [part.clone() for part in supernet.spreads.values()]
    alpha = supernet.alpha["normal"].clone()
    optimizer = Optimizers.make(supernet, SETTINGS).architecture
    for part in supernet.architecture_parameters():
        part.grad = torch.zeros_like(part)
    optimizer.step()
    assert all(map(torch.equal, before, supernet.spreads.values()))
    assert not torch.equal(alpha, supernet.alpha["normal"])


def test_the_constraint_draws_the_bound_down() -> None:
    """If this fails, a larger multiplier does not make the network's constant smaller."""
    supernet = make_supernet()
    constraint = Constraint(LipschitzSettings(ratio=0.01))
    first = constraint.excess(supernet).item()
    for _ in range(5):
        slopes = gradient(constraint.excess(supernet), supernet.architecture_parameters())
        with torch.no_grad():
            for part, slope in zip(supernet.architecture_parameters(), slopes, strict=True):
                part.sub_(0.1 * slope)
    assert constraint.excess(supernet).item() < first


def test_what_is_drawn_is_forgotten() -> None:
    """If this fails, a genotype or an accuracy depends on the last draw."""
    levels = Bilevel.make(make_supernet(), SETTINGS)
    levels.weights_step(batch(), Moment(0.5, generator(7)))
    assert levels.supernet.draws == {}
    with evaluating(levels.supernet):
        torch.testing.assert_close(levels.supernet(batch()[0]), levels.supernet(batch()[0]))


def test_a_step_tells_of_the_constraint() -> None:
    """If this fails, nobody sees from a history whether the constraint was met, or L has the penalty in it."""
    levels, now = Bilevel.make(make_supernet(), replace(SETTINGS, lipschitz=LipschitzSettings(ratio=1e-3))), batch()
    constraint, supernet = levels.upper.constraint, levels.supernet
    constraint.multiplier = 0.5
    excess = constraint.excess(supernet).item()
    expected = levels.upper.loss(supernet, *now)[0].item()
    levels.upper.gradients(supernet, now, supernet.architecture_parameters())
    (step,) = levels.upper.steps
    assert (step.excess, step.multiplier) == pytest.approx((excess, 0.5))
    assert step.loss == pytest.approx(expected)
    assert constraint.penalty(torch.tensor(excess)).item() > 0.1


def test_another_space_is_refused() -> None:
    """If this fails, a search under the name racl has no constraint."""
    space = SPACES["nasbench201"]
    settings = SpaceSettings(name="nasbench201", cells=3, channels=4, operations=space.operations)
    with pytest.raises(UserError, match="space darts"):
        Bilevel.make(space.supernet(settings, classes=3), SETTINGS)


@pytest.mark.parametrize("change", [{"confidence": 1.0}, {"confidence": 0.4}, {"ratio": 0.0}, {"spread": -1.0}])
def test_settings_without_sense_are_refused(change: dict[str, float]) -> None:
    """If this fails, the constraint is empty or never met."""
    with pytest.raises(UserError, match="lipschitz"):
        LipschitzSettings(**change)
