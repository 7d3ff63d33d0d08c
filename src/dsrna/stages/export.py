"""Export: a trained network to an ONNX file, and its test images to properties for a verifier."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsrna.errors import UserError
from dsrna.evaluation import chosen
from dsrna.export import Instance, export_onnx, write_instances, write_property
from dsrna.export.network import check_exporter
from dsrna.stages.run import Run, stage
from dsrna.stages.train import load_model, load_network
from dsrna.threat import check_eps


@dataclass(frozen=True)
class ExportSettings:
    """Where the network goes, and the properties; None: no properties.

    ``eps``: radii of the L-inf balls, pixel units; None: those that are certified. ``images``: so many test images,
    chosen as those that are certified; None: those themselves. ``timeout``: seconds that a verifier is given for each.
    """

    onnx: Path
    vnnlib: Path | None = None
    eps: tuple[float, ...] | None = None
    images: int | None = None
    timeout: int = 300

    def __post_init__(self) -> None:
        try:
            self._check_places()
        except OSError as error:
            raise UserError(f"cannot write {error.filename}: {error.strerror}") from error
        if self.vnnlib is None and (self.eps is not None or self.images is not None):
            raise UserError("eps and images are of the properties; say with --vnnlib DIR where these go")
        for name, count in (("images", self.images), ("timeout", self.timeout)):
            if count is not None and count < 1:
                raise UserError(f"{name} must be at least 1, not {count}")
        if self.eps is not None and (not self.eps or len(set(self.eps)) != len(self.eps)):
            raise UserError("eps must be different radii, one at least")
        for radius in self.eps or ():
            check_eps(radius)

    def _check_places(self) -> None:
        if self.onnx.is_dir():
            raise UserError(f"{self.onnx} is a folder; --onnx names a file")
        if self.vnnlib is not None and self.vnnlib.exists() and not self.vnnlib.is_dir():
            raise UserError(f"{self.vnnlib} is a file; --vnnlib names a folder")


@stage
def export_stage(run: Run, settings: ExportSettings) -> Sequence[Instance]:
    """Write the run's network, and the properties if a folder is given for them; return what a verifier is asked."""
    check_exporter()
    network, model = load_network(run.folder), load_model(run.folder)
    questions = [] if settings.vnnlib is None else _properties(run, settings, settings.vnnlib, len(model.classes))
    export_onnx(network, model.shape, settings.onnx)
    instances = [Instance(settings.onnx, path, settings.timeout) for path in questions]
    if settings.vnnlib is not None:
        write_instances(settings.vnnlib / "instances.csv", instances)
    return instances


def _properties(run: Run, settings: ExportSettings, folder: Path, classes: int) -> list[Path]:
    """Write a property an image and eps, of the images that ``certify`` would choose."""
    test, certify = run.dataset.test, run.recipe.certify
    order = chosen(test.labels, settings.images or certify.images)
    eps = certify.radii(math.inf) if settings.eps is None else settings.eps
    return [
        write_property(folder, int(index), x, int(label), classes=classes, eps=radius)
        for index, label in zip(order, test.labels[order.to(test.labels.device)], strict=True)
        for x in test.read(index[None])
        for radius in eps
    ]
