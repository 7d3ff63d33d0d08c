"""Random numbers by purpose."""

import torch

from dsrna.runtime.seeds import derive, generator, initialising


def test_purposes_are_independent_and_repeatable() -> None:
    """If this fails, a resumed run draws other numbers, or two purposes draw the same."""
    assert derive(0, "search", 1) == derive(0, "search", 1)
    assert len({derive(0, "a"), derive(0, "b"), derive(1, "a"), derive(0, "a", 0)}) == 4
    assert torch.equal(torch.rand(3, generator=generator(5, "x")), torch.rand(3, generator=generator(5, "x")))


def test_the_global_generator_is_left_alone() -> None:
    """If this fails, building our networks changes the user's own random numbers."""
    before = torch.random.get_rng_state()
    with initialising(0, "weights"):
        first = torch.nn.Linear(2, 2).weight
    with initialising(0, "weights"):
        second = torch.nn.Linear(2, 2).weight
    assert torch.equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())
