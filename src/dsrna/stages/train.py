"""The training stage: genotype and data to ``train/model.safetensors`` and ``train/model.json``."""

from typing import Any

from torch import nn

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints, read_tensors, write_tensors
from dsrna.runtime.files import read_json, write_json, write_json_lines
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import initialising
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import DiscreteNetwork, Genotype, multiply_adds, parameters
from dsrna.stages.run import Run, stage
from dsrna.training import train

SCHEMA = 1


@stage
def train_stage(run: Run) -> nn.Module:
    """Train the network of the genotype from scratch, or read it where it was trained before."""
    if not run.folder.model.exists():
        if not run.folder.genotype.exists():
            raise UserError(f"{run.folder.path} has no genotype yet; run `dsrna search {run.folder.path}` first")
        _train(run, Genotype.load(run.folder.genotype))
    return load_network(run.folder).to(run.device)


def _train(run: Run, genotype: Genotype) -> None:
    description = _describe(run, genotype)
    with initialising(run.recipe.seed, "network"):
        network = _build(description).to(run.device)
    history = train(
        network,
        run.dataset.train,
        run.recipe.training,
        augmentation=run.recipe.data.augmentation,
        seed=run.recipe.seed,
        checkpoints=Checkpoints(run.folder.training_checkpoints),
        reporter=run.reporter,
        device=run.device,
    )
    counts = {"parameters": parameters(network), "multiply_adds": multiply_adds(network, run.dataset.train.shape)}
    write_json_lines(run.folder.training_history, to_plain(history))
    write_tensors(run.folder.weights, network.state_dict(), {"kind": "network"})
    write_json(run.folder.model, {**description, **counts})


def _describe(run: Run, genotype: Genotype) -> dict[str, Any]:
    """Everything that is needed to build the network again."""
    mean, std = run.normalisation
    return {
        "schema": SCHEMA,
        "network": to_plain(run.recipe.network),
        "classes": list(run.dataset.classes),
        "shape": list(run.dataset.train.shape),
        "mean": list(mean),
        "std": list(std),
        "genotype": genotype.to_dict(),
        "training": run.recipe.training.method,
    }


def _build(description: dict[str, Any]) -> DiscreteNetwork:
    return Genotype.from_dict(description["genotype"]).build(
        classes=len(description["classes"]),
        in_channels=description["shape"][0],
        mean=description["mean"],
        std=description["std"],
        **description["network"],
    )


def load_network(folder: RunFolder) -> DiscreteNetwork:
    """Return the trained network of a run, on the CPU, in eval mode."""
    if not folder.model.exists():
        raise UserError(f"{folder.path} has no trained network yet; run `dsrna train {folder.path}` first")
    network = _build(read_json(folder.model))
    tensors, _ = read_tensors(folder.weights)
    network.load_state_dict(tensors)
    return network.eval()
