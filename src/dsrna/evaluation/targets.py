"""The classes that a label is compared with."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.errors import UserError
from dsrna.evaluation.certify_settings import Targets
from dsrna.runtime import seeds


def chosen_targets(
    logits: Float[Tensor, "batch classes"],
    y: Int64[Tensor, "batch"],
    indices: Int64[Tensor, "batch"],
    targets: Targets,
) -> Int64[Tensor, "batch"] | None:
    """Return one other class for each label, or None for all of them.

    A random one depends on ``indices``, the images' places in their set, alone: networks that are compared are
    certified against the same classes.
    """
    classes = logits.shape[1]
    if classes < 2:
        raise UserError("a certificate needs at least 2 classes; the model returns 1 logit")
    if targets == "random":
        return torch.tensor(
            [_drawn(int(label), int(index), classes) for label, index in zip(y, indices, strict=True)], device=y.device
        )
    return logits.scatter(1, y[:, None], -math.inf).argmax(dim=1) if targets == "runner-up" else None


def _drawn(label: int, index: int, classes: int) -> int:
    other = int(torch.randint(classes - 1, (), generator=seeds.generator(0, "certify", "target", index)))
    return other + (other >= label)
