"""A network that was not made here, judged as ours are: a recipe's data, and a folder for what is found."""

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from dsrna.errors import UserError
from dsrna.recipes import Recipe
from dsrna.runtime.files import read_json, write_json
from dsrna.runtime.modes import evaluating
from dsrna.runtime.progress import Reporter
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.spaces import multiply_adds
from dsrna.stages.importing import load_weights, made_by
from dsrna.stages.run import Run, open_folder, writing


@dataclass(frozen=True, kw_only=True)
class OwnModel:
    """``own-model.json``: which network the folder's numbers are of. ``digest``: SHA-256 of its tensors."""

    schema: Literal[1] = 1
    model: str
    weights: Path | None
    digest: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    parameters: int
    multiply_adds: int


def begin_own(
    recipe: Recipe, model: str, weights: Path | None, out: Path | None, reporter: Reporter | None = None
) -> tuple[Run, nn.Module]:
    """Open a folder for what is found about the network that the function ``model`` makes; return both.

    ``model`` is ``package.module:function``; to name it is to have its code run. The network must give a logit for
    each class of the recipe's test images, which it is given in [0, 1]. What does not fit, and a folder of another
    network, are ``UserError``.
    """
    network = made_by(model)
    if weights is not None:
        load_weights(network, weights)
    folder = out or Path("runs") / f"{model.replace(':', '.')}-{recipe.name}-{recipe.seed}"
    run = open_folder(recipe, folder, reporter, own=True)
    network.to(run.device)
    _check_logits(network, run, model)
    described = _described(network, run, model, weights)
    _record(run, described)
    return run, network


def _check_logits(network: nn.Module, run: Run, model: str) -> None:
    """Try the network on two images and on one alone, as attacks and checks will."""
    shape, classes = run.dataset.test.shape, len(run.dataset.classes)
    for count, images in ((2, "2 images"), (1, "1 image")):
        found = _tried(
            network, torch.linspace(0, 1, count * math.prod(shape)).view(count, *shape).to(run.device), model
        )
        if not isinstance(found, torch.Tensor) or found.shape != (count, classes):
            given = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
            raise UserError(
                f"{model} must turn {images} into logits of shape ({count}, {classes}), a class each, not {given}"
            )


def _tried(network: nn.Module, x: torch.Tensor, model: str) -> object:
    """Return what the network makes of images; that it cannot take them, or changes them, is a ``UserError``."""
    given, images = x.clone(), "images" if len(x) > 1 else "an image alone,"
    try:
        with evaluating(network), torch.no_grad():
            found: object = network(given)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"{model} cannot take {images} of shape {tuple(x.shape[1:])}: {reason}") from error
    if not torch.equal(given, x):
        raise UserError(f"{model} changes the images that it is given; let it change a copy of them, x.clone()")
    return found


def _described(network: nn.Module, run: Run, model: str, weights: Path | None) -> OwnModel:
    shape = run.dataset.test.shape
    return OwnModel(
        model=model,
        weights=weights,
        digest=_digest(network),
        classes=run.dataset.classes,
        shape=shape,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        multiply_adds=multiply_adds(network, shape),
    )


def _digest(network: nn.Module) -> str:
    found = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        found.update(name.encode())
        found.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


@writing
def _record(run: Run, described: OwnModel) -> None:
    _check_same(run, described)
    write_json(run.folder.own_model, to_plain(described))


def _check_same(run: Run, described: OwnModel) -> None:
    path = run.folder.own_model
    if path.exists():
        before = from_plain(OwnModel, read_json(path), where=str(path))
        if replace(before, weights=described.weights) != described:
            raise UserError(f"{run.folder.path} holds what was found about another network; choose another with --out")
