"""The training stage: genotype and data to ``train/model.safetensors`` and ``train/model.json``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

from dsrna.data import duplicates, imbalance
from dsrna.errors import UserError
from dsrna.report import write_card
from dsrna.report.histories import training_curves
from dsrna.runtime.checkpoint import Checkpoints, read_tensors, write_tensors
from dsrna.runtime.files import read_json, write_json
from dsrna.runtime.memory import advising
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import initialising
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.spaces import Architecture, NetworkSettings, multiply_adds, parameters, read_architecture
from dsrna.stages.following import following
from dsrna.stages.run import Run, learning_stage, writing
from dsrna.stages.search import found_architecture
from dsrna.stages.split import OWN
from dsrna.stages.work import Work
from dsrna.training import Trained, TrainingEpoch, train

LONGEST_SIDE: Final = 100_000
"""Pixels, or channels."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """``train/model.json``: what, beside the weights, is needed to build the network again, and its size.

    The statistics of the images are among the weights: normalisation is the network's first layer. ``epoch``: whose
    weights they are; None for a run before there was a choice. ``remarks``: what should be known of its images.
    """

    schema: Literal[1] = 1
    network: NetworkSettings
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    genotype: dict[str, Any]
    parameters: int
    multiply_adds: int
    training: str
    epoch: int | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(1 <= side <= LONGEST_SIDE for side in self.shape):
            raise UserError(f"shape must be channels, height and width from 1 to {LONGEST_SIDE:,}, not {self.shape}")


@writing
@learning_stage
def train_stage(run: Run) -> nn.Module:
    """Train the network of the genotype from scratch, or read it where it was trained before.

    Of several processes this is the first; the others ``assist``, and end when the network is there.
    """
    if not run.folder.model.exists():
        _train(run, found_architecture(run))
    if not run.folder.card.exists():
        write_card(run.folder)
    run.processes.dismiss()
    return load_network(run.folder).to(run.device)


def _train(run: Run, genotype: Architecture) -> None:
    network = _build(run, genotype)
    checkpoints = Checkpoints(run.folder.training_checkpoints, say=run.reporter.say)
    with following(run, "train", run.folder.training_history) as follower:
        follower.graph(network, run.dataset.train.shape)
        with run.processes.assigned(Work(to_plain(run.recipe), genotype.to_dict()).told()):
            trained = _trained(run, network, checkpoints, follower.note)
        follower.show(training_curves(trained.history))
    for name, tensors in trained.others.items():
        write_tensors(run.folder.other_weights(name), tensors, {"kind": "network"})
    write_tensors(run.folder.weights, network.state_dict(), {"kind": "network"})
    write_json(run.folder.model, to_plain(_describe(run, genotype, network, trained.epoch)))


@learning_stage
def assist_training(run: Run, genotype: Architecture) -> None:
    """Take part in what the first process trains; write nothing."""
    _trained(run, _build(run, genotype), Checkpoints())


def _trained(
    run: Run,
    network: nn.Module,
    checkpoints: Checkpoints,
    noted: Callable[[Sequence[TrainingEpoch]], None] = lambda _: None,
) -> Trained:
    return train(
        network,
        run.dataset.train,
        run.recipe.training,
        augmentation=run.recipe.data.augmentation,
        seed=run.recipe.seed,
        checkpoints=checkpoints,
        reporter=run.reporter,
        device=run.device,
        processes=run.processes,
        noted=noted,
    )


def _build(run: Run, genotype: Architecture) -> nn.Module:
    """Build the network with its first weights, on the run's device."""
    mean, std = run.normalisation
    with advising("lower network.channels or network.cells"), initialising(run.recipe.seed, "network"):
        network = genotype.build(
            classes=len(run.dataset.classes),
            in_channels=run.dataset.train.shape[0],
            mean=mean,
            std=std,
            **to_plain(run.recipe.network),
        )
    return network.to(run.device)


def _describe(run: Run, genotype: Architecture, network: nn.Module, epoch: int) -> Model:
    return Model(
        network=run.recipe.network,
        classes=run.dataset.classes,
        shape=run.dataset.train.shape,
        genotype=genotype.to_dict(),
        parameters=parameters(network),
        multiply_adds=multiply_adds(network, run.dataset.train.shape),
        training=run.recipe.training.method,
        epoch=epoch,
        remarks=tuple(filter(None, [imbalance(run.dataset), _in_both_splits(run)])),
    )


def _in_both_splits(run: Run) -> str:
    """What is in both splits, of the user's own images: of published ones others have a list."""
    return duplicates(run.dataset) if run.dataset.name == OWN else ""


def load_model(folder: RunFolder) -> Model:
    """Return what the run says of its trained network; a missing or damaged file is a ``UserError``."""
    if not folder.model.exists() and folder.own_model.exists():
        raise UserError(f"{folder.path} holds results about a model of your own, and no network that dsrna has trained")
    if not folder.model.exists():
        raise UserError(f"{folder.path} has no trained network yet; run `dsrna train {folder.path}` first")
    return from_plain(Model, read_json(folder.model), where=str(folder.model))


def load_network(folder: RunFolder) -> nn.Module:
    """Return the trained network of a run, on the CPU, in eval mode; damaged files are a ``UserError``."""
    model = load_model(folder)
    genotype = read_architecture(model.genotype, where=str(folder.model))
    tensors, _ = read_tensors(folder.weights)
    build = partial(genotype.build, classes=len(model.classes), in_channels=model.shape[0], **to_plain(model.network))
    # The weights are as large as their file: what the other file says is built once it is of their shapes.
    with torch.device("meta"):
        expected = _shapes(build().state_dict())
    if _shapes(tensors) != expected:
        raise UserError(f"{folder.weights} holds the weights of another network than {folder.model}")
    network = build()
    network.load_state_dict(tensors)
    return network.eval()


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}
