"""What readers read when nothing is wrong, made by what writes it: where fuzzing begins."""

import io
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from dsrna.comparison import Cell, Row, summarise
from dsrna.evaluation import AttackResult, AttackRow, Check, Count, WorstRow
from dsrna.evaluation.certify_results import Certificates, CertifyResult, CertifyRow, Times
from dsrna.runtime.checkpoint import write_tensors
from dsrna.runtime.files import write_json
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import ARCHITECTURES, NetworkSettings
from dsrna.stages.train import Model
from dsrna.threat import Eps, Norm

INF = Norm(math.inf)
EPS = Eps(1 / 255)


def written(write: Callable[[Path], object]) -> bytes:
    """Return the bytes of the file that ``write`` writes."""
    with TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def batch() -> bytes:
    return pickle.dumps({"data": np.arange(12, dtype=np.uint8).reshape(2, 6), "labels": [0, 1]}, 4)


def tensors() -> bytes:
    return written(lambda path: write_tensors(path, {"a": torch.arange(3), "b": torch.ones(1, 2)}, {"step": 1}))


def attack_json() -> bytes:
    result = AttackResult(
        norm=INF,
        clean=Count(1, 2),
        rows=(AttackRow("fgsm", EPS, Count(1, 2), 1.0),),
        worst=(WorstRow(EPS, Count(1, 2)),),
        seconds=1.0,
        checks=(Check("black box", True, "It does not win."),),
    )
    return written(lambda path: write_json(path, to_plain(result)))


def certify_json() -> bytes:
    found = Certificates(
        norm=INF,
        right=Count(1, 2),
        rows=(CertifyRow(EPS, Count(1, 2)),),
        mean_radius=0.01,
        median_radius=0.01,
        max_eps=EPS,
        limited=0,
        abstained=0,
        seconds=Times(0.5, 0.25),
    )
    result = CertifyResult(
        guarantee="deterministic",
        method="interval",
        targets="all",
        clean=Count(1, 2),
        norms=(found,),
        smoothing=None,
        seconds=1.0,
    )
    return written(lambda path: write_json(path, to_plain(result)))


def model_json() -> bytes:
    model = Model(
        network=NetworkSettings(),
        classes=("a", "b"),
        shape=(1, 8, 8),
        genotype=ARCHITECTURES["darts-v2"].to_dict(),
        parameters=10,
        multiply_adds=20,
        training="standard",
    )
    return written(lambda path: write_json(path, to_plain(model)))


def comparison_json() -> bytes:
    rows = [Row(Cell(name, "standard", seed), {"clean": 0.5 + seed / 10}) for name in ("a", "b") for seed in (0, 1)]
    return written(lambda path: write_json(path, to_plain(summarise("digits", rows, "a"))))


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(75, dtype=np.uint8).reshape(5, 5, 3)).save(file, kind)
    return file.getvalue()
