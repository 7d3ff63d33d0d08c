"""Splits that keep the share of every class."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from dsrna.data.images import Images, Subset
from dsrna.errors import UserError


def halves(images: Images, share: float, generator: torch.Generator) -> tuple[Images, Images]:
    """Split ``images`` in two disjoint, complete parts; the second holds ``share`` of them, of every class alike.

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
    """Choose ``count`` indices at random, of every class its share; return them and the rest, both sorted.

    Each class gets its share to within one, by largest remainders, if that leaves it at least one image on both
    sides. A smaller share is raised to one image on each side as long as there is room, to the cost of the others.
    """
    order = torch.randperm(len(labels), generator=generator, device=generator.device).cpu()
    order = order[_reluctance(labels[order], count).argsort(stable=True)]
    return order[:count].sort().values, order[count:].sort().values


def _reluctance(labels: Int64[Tensor, "n"], count: int) -> Float64[Tensor, "n"]:
    """Order the images for a choice of ``count``, the first to be chosen lowest.

    With q the share of a class: its first image -1; its first floor(q) images 0; the next 1 - (q - floor(q)), so
    that the largest remainder comes first; all others 1; its last image 2.
    """
    counts = labels.bincount()
    rank = rank_in_class(labels)
    shares = counts.double() * count / len(labels)
    value = (rank - shares[labels] + 1).clamp(0, 1)
    value[rank == counts[labels] - 1] = 2
    value[rank == 0] = -1
    return value


def rank_in_class(labels: Int64[Tensor, "n"]) -> Int64[Tensor, "n"]:
    """Number the images of each class from 0, in the order in which they stand."""
    counts = labels.bincount()
    starts = (counts.cumsum(0) - counts).repeat_interleave(counts)
    rank = torch.empty_like(labels)
    rank[labels.argsort(stable=True)] = torch.arange(len(labels)) - starts
    return rank
