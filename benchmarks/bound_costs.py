"""What bounds cost against depth, width and number of classes: a table, and docs/images/bound-costs.png.

All margins of a few images, without gradients, as ratio to one forward pass of the same images; CPU seconds on one
thread, the least of interleaved rounds.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import matplotlib as mpl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn

from dsrna.bounds import margin_bound
from dsrna.report.plot import LOOKS
from dsrna.runtime.seeds import generator
from measuring import least
from peer_networks import randomised

IMAGES: Final = 2
PIXELS: Final = 8
PICTURE: Final = Path(__file__).parents[1] / "docs" / "images" / "bound-costs.png"
METHOD_LOOKS: Final = dict(zip(("interval", "crown-ibp", "crown"), LOOKS, strict=False))


@dataclass(frozen=True)
class Size:
    """A plain network: so many convolutions with batch norm and ReLU, so many channels, so many classes."""

    depth: int = 4
    width: int = 8
    classes: int = 10

    def build(self) -> nn.Module:
        layers: list[nn.Module] = []
        for index in range(self.depth):
            inputs = self.width if index else 1
            layers += [nn.Conv2d(inputs, self.width, 3, 1, 1, bias=False), nn.BatchNorm2d(self.width), nn.ReLU()]
        head = (nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * self.width, self.classes))
        return randomised(nn.Sequential(*layers, *head), generator(0, "bound costs", "network")).eval()


AXES: Final[dict[str, Sequence[int]]] = {
    "depth": (1, 2, 4, 8),
    "width": (2, 4, 8, 16, 32),
    "classes": (2, 10, 50, 200),
}


@torch.no_grad()
def ratios(size: Size) -> list[float]:
    """Each method's time over that of a forward pass."""
    model, draw = size.build(), generator(0, "bound costs")
    x = torch.rand(IMAGES, 1, PIXELS, PIXELS, generator=draw)
    y = torch.zeros(IMAGES, dtype=torch.long)
    works: list[Callable[[], object]] = [partial(many_forwards, model, x)]
    works += [partial(margin_bound, model, x, y, 1 / 255, method=name, targets="all") for name in METHOD_LOOKS]
    forwards, *bounds = least(*works, rounds=3)
    return [FORWARDS * each / forwards for each in bounds]


FORWARDS: Final = 20
"""One pass is too short for the clock."""


def many_forwards(model: nn.Module, x: torch.Tensor) -> None:
    for _ in range(FORWARDS):
        model(x)


def measured() -> dict[str, list[list[float]]]:
    """For each axis one list of ratios a point; printed as they come."""
    print(f"bounds of all margins of {IMAGES} images of {PIXELS}x{PIXELS} pixels, as ratio to one forward pass")
    found: dict[str, list[list[float]]] = {}
    for axis, values in AXES.items():
        print(f"{axis:<8}" + "".join(f"{name:>12}" for name in METHOD_LOOKS))
        found[axis] = []
        for value in values:
            found[axis].append(ratios(replace(Size(), **{axis: value})))
            print(f"{value:<8}" + "".join(f"{each:>12.1f}" for each in found[axis][-1]), flush=True)
    return found


def draw_axis(axes: Axes, name: str, table: list[list[float]]) -> None:
    for (method, look), ratios_of in zip(METHOD_LOOKS.items(), zip(*table, strict=True), strict=True):
        colour, marker = look.colour.light, look.marker
        axes.plot(AXES[name], ratios_of, look.dash, color=colour, marker=marker, label=method)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(AXES[name], [str(value) for value in AXES[name]])
    axes.minorticks_off()
    axes.set_xlabel(name)


def draw(found: dict[str, list[list[float]]], path: Path) -> None:
    with mpl.rc_context({"font.size": 10, "axes.grid": True, "axes.spines.right": False, "axes.spines.top": False}):
        figure = Figure((10, 3.6), layout="constrained")
        panels = figure.subplots(1, len(AXES), sharey=True)
        for axes, (name, table) in zip(panels, found.items(), strict=True):
            draw_axis(axes, name, table)
        panels[0].set_ylabel("time, in forward passes")
        panels[-1].legend()
        figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PICTURE, metavar="FILE", help="where the plot goes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    draw(measured(), options.out)


if __name__ == "__main__":
    main()
