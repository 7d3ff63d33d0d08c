"""Cost of bounds, as ratios to a plain forward and backward pass of the same supernet, in one run.

All go to the gradient of the architecture parameters, on one thread; CPU seconds, the least of interleaved rounds.
``kept``: the supernet is traced once for all steps, as a search does; ``alone``: anew for each.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from dsrna.bounds import Targets, margin_bound, traces_kept
from dsrna.runtime.seeds import generator
from dsrna.spaces import SpaceSettings, Supernet
from measuring import least

SETTINGS = [(8, 1), (8, 4), (28, 4)]
"""Pixels a side, and k of the partial channels."""

AT_MOST = {"interval": 2.0, "crown-ibp": 6.0}
"""The methods that a search may use, and the ratio that each should not exceed."""

TARGETS: dict[str, Targets] = {"interval": "all", "crown-ibp": "runner-up"}
"""A linear bound costs a row a target; an interval bound of all costs the same as of one."""


def compare(pixels: int, partial_channels: int) -> str:
    draw = generator(0, "benchmark", "bounds")
    settings = SpaceSettings(cells=3, channels=8, partial_channels=partial_channels)
    model = Supernet(settings, classes=10, in_channels=1, generator=draw).eval()
    x, y = torch.rand(64, 1, pixels, pixels, generator=draw), torch.randint(10, (64,), generator=draw)
    alpha = list(model.alpha.values())

    def differentiated(value: Callable[[], Tensor]) -> Callable[[], object]:
        return lambda: torch.autograd.grad(value().sum(), alpha)

    works = [
        differentiated(partial(margin_bound, model, x, y, 1 / 255, method=name, targets=targets))
        for name, targets in TARGETS.items()
    ]
    plain, *alone = least(differentiated(lambda: model(x)), *works)
    with traces_kept():
        plain_again, *kept = least(differentiated(lambda: model(x)), *works)
    ratios = [each / plain_again for each in kept] + [each / plain for each in alone]
    return f"{pixels:>6} {partial_channels:>3} {plain:>8.3f} s" + "".join(f"{each:>11.2f}" for each in ratios)


def main() -> None:
    torch.set_num_threads(1)
    print("margin bounds as ratio to a plain pass; 3 cells, 8 channels, batch 64, one thread")
    print(" " * 22 + f"{'kept':>21}{'alone':>22}")
    print("pixels   k      plain" + "".join(f"{name:>11}" for name in TARGETS) * 2)
    for setting in SETTINGS:
        print(compare(*setting))
    print("at most              " + "".join(f"{AT_MOST[name]:>11.2f}" for name in TARGETS))


if __name__ == "__main__":
    main()
