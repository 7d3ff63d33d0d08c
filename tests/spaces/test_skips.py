"""Dropout after skip-connections: what it does, and when."""

import torch
from torch import Tensor

from dsrna.runtime.seeds import generator, initialising
from dsrna.spaces import SpaceSettings, Supernet, dropping_skips
from dsrna.spaces.skips import SkipDropout

RATE = 0.4


def make_supernet() -> Supernet:
    with initialising(0):
        return Supernet(SpaceSettings(cells=3, channels=4, nodes=2), classes=3, in_channels=1, generator=generator(1))


def images() -> Tensor:
    return torch.rand(6, 1, 8, 8, generator=generator(2))


def test_features_are_dropped_and_the_mean_stays() -> None:
    """If this fails, skip-connections are not held back as published, or weigh more or less at evaluation."""
    layer, x, draw = SkipDropout(), 1 + torch.rand(2, 3, 20, 20, generator=generator(3)), generator(4)
    total = torch.zeros_like(x)
    for _ in range(100):
        with dropping_skips(layer, RATE, draw):
            out = layer(x)
        there = out != 0
        torch.testing.assert_close(out[there], x[there] / (1 - RATE))
        total += out
    assert abs((total / 100 / x).mean().item() - 1) < 0.01
    assert (total > 0).all(), "another draw drops others"


def test_passes_of_one_step_drop_the_same() -> None:
    """If this fails, a second-order step takes the difference of two draws for a slope."""
    layer, x = SkipDropout(), torch.ones(2, 3, 5, 5)
    with dropping_skips(layer, RATE, generator(4)):
        assert torch.equal(layer(x), layer(x))


def test_nothing_is_dropped_at_evaluation_or_afterwards() -> None:
    """If this fails, accuracies and genotypes depend on a draw."""
    supernet, x = make_supernet(), images()
    before = supernet.eval()(x)
    with dropping_skips(supernet, RATE, generator(4)):
        assert torch.equal(supernet(x), before)
    plain = supernet.train()(x)
    with dropping_skips(supernet, RATE, generator(4)):
        assert not torch.equal(supernet(x), plain)
    assert torch.equal(supernet(x), plain)


def test_only_the_skip_connections_are_dropped() -> None:
    """If this fails, other candidates lose features too, and win nothing by the dropout."""
    supernet, x = make_supernet().train(), images()
    skip = torch.zeros(5, 8, dtype=torch.bool)
    skip[:, supernet.settings.operations.index("skip_connect")] = True
    supernet.dropped = {"normal": skip, "reduce": skip}
    plain = supernet(x)
    with dropping_skips(supernet, RATE, generator(4)):
        assert torch.equal(supernet(x), plain)


def test_no_rate_draws_nothing() -> None:
    """If this fails, methods without dropout draw other numbers than before."""
    draw = generator(4)
    with dropping_skips(make_supernet(), 0.0, draw):
        assert torch.equal(draw.get_state(), generator(4).get_state())
