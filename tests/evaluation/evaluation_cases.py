"""Models whose robustness is known, and the digits with a network that has learned them: made once, never changed."""

from functools import cache

import torch
from torch import Tensor, nn

from dsrna.data import Dataset, DataSettings, load


class Linear(nn.Module):
    """Logits ``0`` and ``w . x + b``: the margin of class 1, and with it every optimum, is known in closed form."""

    def __init__(self, weights: Tensor, bias: float) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        margin = x.flatten(1) @ self.weights + self.bias
        return torch.stack([torch.zeros_like(margin), margin], dim=1)


LINEAR = Linear(torch.tensor([1.0, -2.0, 0.5, -0.25]), 0.0)


@cache
def digits() -> Dataset:
    return load(DataSettings("digits"), seed=0, device=torch.device("cpu"))


@cache
def network() -> nn.Module:
    """A small network that has learned the digits and can still be fooled."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 10))
    train = digits().train
    x, y = train.read(torch.arange(len(train))), train.labels
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(40):
        optimizer.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(model(x), y))
        optimizer.step()
    return model.eval()
