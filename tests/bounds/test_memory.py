"""Memory is a setting: parts give the same bounds, and too little is said."""

import pytest
import torch
from random_networks import SHAPE, random_network
from torch import nn

from dsrna.bounds import margin_bound
from dsrna.bounds.passes import memory, refine
from dsrna.bounds.problem import Problem
from dsrna.bounds.tracing.tape import Value
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator

DRAW = generator(0, "memory")
FIRST = nn.Conv2d(SHAPE[0], 6, 3)
MODEL = nn.Sequential(FIRST, nn.ReLU(), nn.Conv2d(6, 6, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))
X = torch.rand(3, *SHAPE, generator=DRAW)
Y = torch.tensor([0, 1, 2])
MODEL(X)


@pytest.mark.parametrize("method", ["crown", "fast-lin", "crown-ibp"])
def test_parts_are_the_whole(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is certified depends on how much memory there is, or the gradient is lost between the parts."""
    whole = margin_bound(MODEL, X, Y, 0.05, method=method)
    expected = torch.autograd.grad(whole.sum(), FIRST.weight)[0]
    for module in (refine, memory):
        monkeypatch.setattr(module, "rows_at_once", few)
    monkeypatch.setattr("dsrna.bounds.passes.outputs.rows_at_once", few)
    parts = margin_bound(MODEL, X, Y, 0.05, method=method)
    torch.testing.assert_close(parts, whole)
    torch.testing.assert_close(torch.autograd.grad(parts.sum(), FIRST.weight)[0], expected)


def few(problem: Problem, at: Value) -> int:
    return 2


def test_too_little_memory_says_what_to_change() -> None:
    """Else the process is killed, and the user guesses why."""
    wide = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 64 * 64, 2))
    with pytest.raises(UserError, match=r"takes .* MiB, memory allows 1; lower the batch size or raise memory"):
        margin_bound(wide, torch.rand(4, 1, 64, 64), torch.zeros(4, dtype=torch.long), 0.01, method="crown", memory=1)
    with pytest.raises(UserError, match="at least 1 MiB, not 0"):
        margin_bound(MODEL, X, Y, 0.01, memory=0)


def test_what_a_row_needs_grows_with_the_batch() -> None:
    """Else the limit is on one image, whatever the batch."""
    model = random_network(generator(3, "memory"))
    x = torch.rand(1, *SHAPE, dtype=torch.float64, generator=DRAW)
    one, four = (trace(model, x.expand(n, *SHAPE)) for n in (1, 4))
    assert memory.peak(four, four.output) == 4 * memory.peak(one, one.output)
    assert memory.kept(four) == 4 * memory.kept(one)


def test_a_gradient_needs_what_every_node_leaves() -> None:
    """Else alpha-CROWN takes as many rows of a deep network as of a flat one, and the process is killed."""
    deep, flat = (trace(nn.Sequential(*[nn.ReLU() for _ in range(depth)]), X) for depth in (9, 3))
    assert memory.kept(deep) == 3 * memory.kept(flat) >= 9 * X.numel()
    assert memory.peak(deep, deep.output) == memory.peak(flat, flat.output)
