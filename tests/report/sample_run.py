"""A run folder with everything in it, written as the stages write it."""

import math
from pathlib import Path
from typing import Any

import torch

from dsrna.runtime.checkpoint import write_tensors
from dsrna.runtime.files import write_json, write_json_lines, write_text
from dsrna.runtime.run_folder import RunFolder

HOSTILE = "<script>alert(1)</script>"
"""A class name that must reach the page as text."""

GENOTYPE: dict[str, Any] = {
    "schema": 1,
    "space": "darts",
    "normal": [
        ("sep_conv_3x3", 0),
        ("skip_connect", 1),
        ("dil_conv_5x5", 2),
        ("sep_conv_5x5", 0),
        ("sep_conv_3x3", 1),
        ("sep_conv_3x3", 0),
        ("avg_pool_3x3", 2),
        ("sep_conv_3x3", 3),
    ],
    "normal_concat": [2, 3, 4, 5],
    "reduce": [("max_pool_3x3", 0), ("sep_conv_5x5", 1), ("skip_connect", 2), ("max_pool_3x3", 1)],
    "reduce_concat": [2, 3],
}
RECIPE = """\
name: digits
goal: standard
seed: 0
data:
  name: digits
search:
  method: dsrna-combined
  epochs: 15
  warmup_epochs: 5
  gamma: 0.01
  eps: 1/255
  norm: inf
"""
ENVIRONMENT = {
    "schema": 1,
    "dsrna": "0.1.0",
    "commit": None,
    "python": "3.12.1",
    "torch": "2.13.0",
    "platform": "Linux",
    "device": "cpu",
    "threads": 1,
    "started": "2026-11-22T14:00:00+00:00",
}
TENDENCY = {
    "none": -0.05,
    "max_pool_3x3": -0.04,
    "avg_pool_3x3": 0.02,
    "skip_connect": 0.06,
    "sep_conv_3x3": 0.11,
    "sep_conv_5x5": 0.07,
    "dil_conv_3x3": -0.02,
    "dil_conv_5x5": -0.03,
}
IMAGES = 360


def full_run(path: Path) -> RunFolder:
    """Write the folder of a run that ended well."""
    folder = RunFolder(path / "digits-0")
    write_text(folder.recipe, RECIPE)
    write_json(folder.environment, ENVIRONMENT)
    write_json(folder.genotype, GENOTYPE)
    write_json(folder.found, FOUND)
    write_json_lines(folder.search_history, [search_row(epoch, epochs=15, warmup=5) for epoch in range(1, 16)])
    write_json_lines(folder.training_history, [training_row(epoch, epochs=30) for epoch in range(1, 31)])
    write_json(folder.model, MODEL)
    write_json(folder.attack, ATTACK)
    write_json(folder.certify, CERTIFY)
    write_adversarial(folder.adversarial)
    return folder


FOUND = {"schema": 1, "parameters": 16_612, "multiply_adds": 1_204_992, "remarks": []}
MODEL = {
    "schema": 1,
    "network": {"cells": 3, "channels": 8},
    "classes": [HOSTILE, *map(str, range(1, 10))],
    "shape": [1, 8, 8],
    "mean": [0.3],
    "std": [0.37],
    "genotype": GENOTYPE,
    "parameters": 16_612,
    "multiply_adds": 1_204_992,
    "training": "standard",
}


def search_row(epoch: int, epochs: int, warmup: int) -> dict[str, Any]:
    searched = max(0, epoch - warmup) / (epochs - warmup)
    weights = {name: math.exp(12 * pull * searched) for name, pull in TENDENCY.items()}
    total = sum(weights.values())
    return {
        "epoch": epoch,
        "epochs": epochs,
        "loss": 2.2 * math.exp(-epoch / 5) + 0.05,
        "accuracy": 1 - 0.9 * math.exp(-epoch / 3),
        "validation_accuracy": 0.985 - 0.9 * math.exp(-epoch / 3),
        "robustness": None if epoch <= warmup else -2 + 0.8 * searched,
        "shares": {name: weight / total for name, weight in weights.items()},
        "warmup": epoch <= warmup,
        "seconds": 4.2,
        "entropy": 1 - 0.2 * searched,
        "architecture": None if epoch <= warmup else architecture_step(searched),
        "collapse": None,
        "sizes": {
            "parameters": {"expected": 21_000 - 4_000 * searched, "multiplier": 0.4 * searched},
            "multiply-adds": {"expected": 1_500_000 - 200_000 * searched, "multiplier": None},
        },
        "eigenvalue": None if epoch <= warmup else 0.1 + 0.2 * searched,
        "gap": None if epoch <= warmup else 0.6 - 0.3 * searched,
    }


def architecture_step(searched: float) -> dict[str, float]:
    return {
        "loss": 0.4,
        "loss_gradient": 0.02 + 0.01 * searched,
        "robustness": -2 + 0.8 * searched,
        "weight": 0.01,
        "metric_gradient": 1.0 + 0.5 * searched,
        "cosine": -0.2 + 0.1 * searched,
        "scale_cosine": -0.9 + 0.2 * searched,
    }


def training_row(epoch: int, epochs: int) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "epochs": epochs,
        "loss": 2.1 * math.exp(-epoch / 6) + 0.02,
        "accuracy": 0.995 - 0.85 * math.exp(-epoch / 4),
        "validation_accuracy": None,
        "robust_accuracy": None,
        "learning_rate": 0.0125 * (1 + math.cos(math.pi * epoch / epochs)),
        "seconds": 2.1,
    }


def count(share: float) -> dict[str, int]:
    return {"correct": round(share * IMAGES), "total": IMAGES}


ATTACKED = {
    "fgsm": {"1/255": 0.978, "2/255": 0.969, "4/255": 0.95, "8/255": 0.842, "16/255": 0.6},
    "pgd-20": {"1/255": 0.978, "2/255": 0.966, "4/255": 0.94, "8/255": 0.772, "16/255": 0.42},
    "autoattack": {"1/255": 0.975, "2/255": 0.964, "4/255": 0.93, "8/255": 0.744, "16/255": 0.36},
}
CHECKS = ("evaluation mode", "large eps", "black box")
ATTACK: dict[str, Any] = {
    "schema": 2,
    "norm": "inf",
    "clean": count(0.983),
    "rows": [
        {"attack": name, "eps": eps, "count": count(share), "seconds": 1.5}
        for name, shares in ATTACKED.items()
        for eps, share in shares.items()
    ],
    "worst": [{"eps": eps, "count": count(share)} for eps, share in ATTACKED["autoattack"].items()],
    "seconds": 31.0,
    "eight_bit": False,
    "corruptions": [{"corruption": "contrast", "severity": 3, "count": count(0.9)}],
    "checks": [{"name": name, "passed": True, "finding": f"The {name} is sound."} for name in CHECKS],
}
DOUBTED: dict[str, Any] = {
    **ATTACK,
    "checks": [*ATTACK["checks"][:2], {"name": "black box", "passed": False, "finding": "Random search wins."}],
}
CERTIFY: dict[str, Any] = {
    "schema": 2,
    "guarantee": "deterministic",
    "method": "interval",
    "targets": "all",
    "clean": count(0.983),
    "norms": [
        {
            "norm": "inf",
            "right": count(0.983),
            "rows": [
                {"eps": eps, "count": count(share)}
                for eps, share in (("1/510", 0.41), ("1/255", 0.122), ("2/255", 0.0))
            ],
            "mean_radius": 0.0019,
            "median_radius": 0.0014,
            "max_eps": "32/255",
            "limited": 0,
            "abstained": 0,
            "seconds": {"mean": 0.0094, "median": 0.0091},
        },
        {
            "norm": "2",
            "right": count(0.983),
            "rows": [{"eps": eps, "count": count(share)} for eps, share in (("0.1", 0.35), ("0.25", 0.05))],
            "mean_radius": 0.081,
            "median_radius": 0.062,
            "max_eps": "1.0",
            "limited": 0,
            "abstained": 0,
            "seconds": {"mean": 0.0112, "median": 0.011},
        },
    ],
    "smoothing": None,
    "seconds": 3.4,
}
SMOOTHED: dict[str, Any] = {
    **CERTIFY,
    "guarantee": "probabilistic",
    "method": "smoothing",
    "norms": [{**CERTIFY["norms"][1], "right": count(0.9), "max_eps": None, "abstained": 17}],
    "smoothing": {"sigma": 0.25, "n0": 100, "n": 10000, "alpha": 0.001, "batch_size": 500},
}


def write_adversarial(path: Path, channels: int = 1, number: int = 10) -> None:
    """Write small pictures of rings, each pixel moved up or down by 8/255."""
    line = torch.linspace(-1, 1, 8)
    distance = (line[:, None] ** 2 + line[None] ** 2).sqrt()
    radii = torch.linspace(0.2, 0.9, number)[:, None, None, None]
    original = torch.exp(-30 * (distance - radii) ** 2).repeat(1, channels, 1, 1)
    signs = torch.rand(original.shape, generator=torch.Generator().manual_seed(0)).sub(0.5).sign()
    adversarial = (original + 8 / 255 * signs).clamp(0, 1)
    labels = torch.arange(number) % 10
    predicted = torch.where(labels % 3 == 1, labels, (labels + 5) % 10)
    tensors = {"original": original, "adversarial": adversarial, "labels": labels, "predicted": predicted}
    write_tensors(path, tensors, {"attack": "pgd-20", "eps": "8/255"})
