"""What a corruption must do for its numbers to be comparable."""

import torch
import torch.nn.functional as F

from dsrna.evaluation import Corruption
from dsrna.evaluation.corruptions import SEVERITIES
from dsrna.registry import Record


def check_corruption(record: Record[Corruption]) -> None:
    """Raise ``AssertionError`` where a registered corruption breaks a promise of ``Corruption``."""
    for batch, channels, height, width in ((3, 1, 8, 8), (2, 3, 32, 24), (1, 3, 64, 64)):
        x = _pictures(batch, channels, (height, width))
        changes = [_change(record.value, x, severity) for severity in SEVERITIES]
        assert changes[-1] > changes[0], "the highest severity changes images more than the lowest"


def _pictures(batch: int, channels: int, size: tuple[int, int]) -> torch.Tensor:
    """Draw smooth images: of neighbouring pixels that have nothing to do with each other, little is left to blur."""
    coarse = torch.rand(batch, channels, 4, 4, generator=torch.Generator().manual_seed(1))
    return F.interpolate(coarse, size, mode="bilinear")


def _change(corrupt: Corruption, x: torch.Tensor, severity: int) -> float:
    before = x.clone()
    found = corrupt(x, severity=severity, seed=3)
    assert torch.equal(x, before), "the images that were given are not written to"
    assert found.shape == x.shape, "as many images as were given, of their shape"
    assert found.dtype == x.dtype, "corrupted images have the type of the images"
    assert ((found >= 0) & (found <= 1)).all(), "pixels lie in [0, 1]"
    assert torch.equal(found, corrupt(x, severity=severity, seed=3)), "the same seed corrupts in the same way"
    alone = corrupt(x[:1], severity=severity, seed=3)
    assert torch.allclose(found[:1], alone, atol=1e-6), "an image's corruption does not depend on its batch"
    return float((found - x).square().mean())
