"""Splits that keep the share of every class."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from dsrna.data.images import Images, Subset
from dsrna.errors import UserError


def halves(images: Images, share: float, generator: torch.Generator) -> tuple[Images, Images]:
    """Split ``images`` in two disjoint, complete parts; the second holds ``share`` of every class, to within one.

    Each part has at least one image of every class; a class with a single image raises ``UserError``.
    """
    if not 0 < share < 1:
        raise UserError(f"the share of a split must lie between 0 and 1, both excluded, not {share}")
    labels = images.labels.cpu()
    counts = labels.bincount()
    if (counts == 1).any():
        raise UserError(f"class {int((counts == 1).int().argmax())} has a single image; a split needs two of each")
    classes = int((counts > 0).sum())
    count = min(max(round(share * len(labels)), classes), len(labels) - classes)
    second, first = stratified(labels, count, generator)
    return Subset(images, first), Subset(images, second)


def limited(images: Images, limit: int, generator: torch.Generator) -> Images:
    """Return ``limit`` of the images, stratified by class, or all of them where there are not more.

    A limit below two images a class raises ``UserError``: such a set could not be split again.
    """
    labels = images.labels.cpu()
    classes = int((labels.bincount() > 0).sum())
    if limit < 2 * classes:
        raise UserError(f"limit {limit} is too small: two images of each of {classes} classes are {2 * classes}")
    return images if limit >= len(labels) else Subset(images, stratified(labels, limit, generator)[0])


def stratified(
    labels: Int64[Tensor, "n"], count: int, generator: torch.Generator
) -> tuple[Int64[Tensor, "count"], Int64[Tensor, "rest"]]:
    """Choose ``count`` indices at random, of every class its share to within one; return them and the rest, sorted.

    Where there is room (``count`` and ``n - count`` at least the number of classes), every class of two or more is
    on both sides.
    """
    order = torch.randperm(len(labels), generator=generator, device=generator.device).cpu()
    order = order[_depth(labels[order]).argsort(stable=True)]
    return order[:count].sort().values, order[count:].sort().values


def _depth(labels: Int64[Tensor, "n"]) -> Float64[Tensor, "n"]:
    """Give the k-th image (from 0) of a class of m images the depth k / (m - 1).

    Cutting all classes at one depth t leaves more than t m - 1 and at most t m + 1 of each above the cut, and
    the first image of every class has depth 0, the last depth 1.
    """
    counts = labels.bincount()
    starts = counts.cumsum(0) - counts
    rank = torch.empty_like(labels)
    rank[labels.argsort(stable=True)] = torch.arange(len(labels)) - starts.repeat_interleave(counts)
    return torch.div(rank.double(), (counts - 1).clamp(min=1)[labels])
