"""How much each method certifies on digits networks that were trained as usual, and how near the attacks come.

Two networks of one genotype: two cells of 4 channels, three cells of 8. Shares are of the first test images, in float64
with room for rounding. Margins, their bounds and what ascent finds of them, are means over fewer images of the smallest
margin of each. L-inf, one seed, one thread.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from dsrna.bounds import METHODS, certified, margin_bound
from dsrna.data import Augmentation, DataSettings, load, statistics
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Silent
from dsrna.runtime.seeds import initialising
from dsrna.spaces import Architecture, find_architecture, parameters
from dsrna.threat import ThreatModel, ascend
from dsrna.training import TrainingSettings, train

RADII: Final = (1 / 255, 2 / 255)
CHUNK: Final = 4
WITH_MARGINS: Final = 12
MEMORY: Final = 64
"""MiB. Small passes stay in the processor's caches."""

DEFAULT_METHODS: Final = ("interval", "crown-ibp", "crown")
AUGMENTATION: Final = Augmentation(pad=1)
TRAINING: Final = TrainingSettings(epochs=60, batch_size=64)
DATA: Final = DataSettings("digits", augmentation=AUGMENTATION)


@dataclass(frozen=True)
class Size:
    """A network's size, how many test images it is worth at most, and what is to be reached on it."""

    cells: int
    channels: int
    images: int
    target: str


SIZES: Final = (
    Size(2, 4, 360, "crown certifies at least .97 at 1/255 and .84 at 2/255"),
    Size(3, 8, 40, "the best method certifies at least .50 at 1/255"),
)


@dataclass(frozen=True)
class Judged:
    """A trained network in float64, and test images."""

    network: nn.Module
    x: Tensor
    y: Tensor

    def chunks(self) -> Iterator[tuple[Tensor, Tensor]]:
        return zip(torch.split(self.x, CHUNK), torch.split(self.y, CHUNK), strict=True)

    def accuracy(self) -> float:
        with torch.no_grad():
            return float((self.network(self.x).argmax(dim=1) == self.y).double().mean())

    def share(self, eps: float, method: str) -> float:
        proven = [certified(self.network, x, y, eps, method=method, memory=MEMORY) for x, y in self.chunks()]
        return float(torch.cat(proven).double().mean())

    @torch.no_grad()
    def bounded_margin(self, eps: float, method: str) -> float:
        few = Judged(self.network, self.x[:WITH_MARGINS], self.y[:WITH_MARGINS])
        bounds = [margin_bound(self.network, x, y, eps, method=method, memory=MEMORY) for x, y in few.chunks()]
        return float(torch.cat(bounds).detach().amin(dim=1).mean())

    def attacked_margin(self, eps: float) -> float:
        """Descend each margin by itself from the image: 20 steps of PGD."""
        x, y = self.x[:WITH_MARGINS], self.y[:WITH_MARGINS]
        found = [self._descended(x, y, other, eps) for other in range(10)]
        return float(torch.stack(found).amin(dim=0).mean())

    def _descended(self, x: Tensor, y: Tensor, other: int, eps: float) -> Tensor:
        def fall(points: Tensor) -> Tensor:
            logits: Tensor = self.network(points)
            return logits[:, other] - logits.gather(1, y[:, None])[:, 0]

        found = ascend(fall, x, ThreatModel(eps), steps=20, step_size=eps / 8, start=x)
        with torch.no_grad():
            return (-fall(found)).masked_fill(y == other, math.inf)


def trained(genotype: Architecture, size: Size, images: int, keep: Path | None) -> Judged:
    """Train with the standard recipe, or take the training up from the checkpoints in ``keep``."""
    dataset = load(DATA, seed=0, device=torch.device("cpu"))
    mean, std = statistics(dataset.train)
    with initialising(0, "network"):
        network = genotype.build(size.cells, size.channels, 10, in_channels=1, mean=mean, std=std)
    folder = None if keep is None else keep / f"{size.cells}-{size.channels}"
    train(
        network,
        dataset.train,
        TRAINING,
        augmentation=AUGMENTATION,
        seed=0,
        checkpoints=Checkpoints(folder),
        reporter=Silent(),
        device=torch.device("cpu"),
    )
    first = torch.arange(min(images, size.images, len(dataset.test)))
    return Judged(network.eval().double(), dataset.test.read(first).double(), dataset.test.labels[first])


def judge(judged: Judged, methods: list[str]) -> None:
    print(f"  {parameters(judged.network)} parameters; accuracy {judged.accuracy():.3f} on {len(judged.y)} test images")
    print(f"  {'':<12}" + "".join(f"{f'margin, {255 * eps:g}/255':>16}" for eps in RADII), end="")
    print("".join(f"{f'share, {255 * eps:g}/255':>14}" for eps in RADII) + "  CPU s/image")
    print(f"  {'attacked':<12}" + "".join(f"{judged.attacked_margin(eps):>16.2f}" for eps in RADII))
    for method in methods:
        margins = "".join(f"{judged.bounded_margin(eps, method):>16.2f}" for eps in RADII)
        start = time.process_time()
        shares = "".join(f"{judged.share(eps, method):>14.3f}" for eps in RADII)
        took = (time.process_time() - start) / len(RADII) / len(judged.y)
        print(f"  {method:<12}{margins}{shares}{took:>13.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", default="rep-pdarts", help="a published one's name, or a genotype file")
    parser.add_argument("--methods", nargs="+", choices=METHODS.names(), default=DEFAULT_METHODS)
    parser.add_argument("--images", type=int, default=360, help="how many test images, at most; fewer on the larger")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the trainings here, and take them up again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    genotype = find_architecture(options.architecture)
    for size in SIZES:
        print(f"{options.architecture}, {size.cells} cells, {size.channels} channels; to be reached: {size.target}")
        judge(trained(genotype, size, options.images, options.keep), options.methods)


if __name__ == "__main__":
    main()
