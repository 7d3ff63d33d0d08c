"""The network that transfer attacks come from: that of another run."""

from torch import nn

from dsrna.errors import UserError
from dsrna.stages.run import Run, resume
from dsrna.stages.train import load_model, load_network


def source_network(run: Run) -> nn.Module | None:
    """Return the network of the run that ``attack.source`` names, on this run's device; None where it names none.

    A folder without a trained network, one that was trained for other images or classes, and the run itself are
    ``UserError``.
    """
    path = run.recipe.attack.source
    if path is None:
        return None
    if path.resolve() == run.folder.path.resolve():
        raise UserError(f"attack.source is {path}, the run that is attacked; give another, or attack by pgd-20")
    folder = resume(path).folder
    model, dataset = load_model(folder), run.dataset
    if model.shape != dataset.train.shape:
        raise UserError(
            f"attack.source {path} is for images of shape {model.shape}, these are of {dataset.train.shape}"
        )
    if model.classes != dataset.classes:
        raise UserError(f"attack.source {path} tells other classes apart: {_differing(model.classes, dataset.classes)}")
    return load_network(folder).to(run.device)


def _differing(theirs: tuple[str, ...], ours: tuple[str, ...]) -> str:
    if len(theirs) != len(ours):
        return f"{len(theirs)}, these images have {len(ours)}"
    place = next(place for place, (their, our) in enumerate(zip(theirs, ours, strict=True)) if their != our)
    return f"class {place} is {theirs[place]!r}, of these images {ours[place]!r}"
