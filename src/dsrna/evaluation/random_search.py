"""A cheap black box: it sees the logits and nothing else."""

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor, nn

from dsrna.evaluation.attacks import under_attack, verified
from dsrna.runtime import seeds
from dsrna.threat import ThreatModel, project

Images = Float[Tensor, "batch channels height width"]
Labels = Int64[Tensor, "batch"]


def random_search(
    model: nn.Module, x: Images, y: Labels, threat: ThreatModel, *, queries: int = 100, seed: int = 0
) -> Images:
    """Change a random square of the image as far as the ball allows; keep it where the margin falls.

    The idea of Square (Andriushchenko et al. 2020, arXiv 1912.00049) without its schedule: the squares shrink from
    the whole image to a pixel, all images of the batch share their draws. ``queries`` forward passes, no gradients.
    A weak attack, meant as a measure: one that knows the gradients must not be weaker. Bad input is a ``UserError``.
    """
    draw = seeds.generator(seed, "random search")
    with under_attack(model, x, y):
        best, lowest = x.clone(), _margins(model, x, y)
        for query in range(queries):
            candidate = _proposal(best, x, threat, 1 - query / queries, draw)
            margins = _margins(model, candidate, y)
            falls = margins < lowest
            best[falls], lowest[falls] = candidate[falls], margins[falls]
    return verified(best, x, threat)


def _proposal(best: Images, x: Images, threat: ThreatModel, share: float, draw: torch.Generator) -> Images:
    _, channels, height, width = x.shape
    rows, columns = max(1, round(share * height)), max(1, round(share * width))
    top, left = (int(torch.randint(size, (), generator=draw)) for size in (height - rows + 1, width - columns + 1))
    signs = 2 * torch.randint(2, (channels, 1, 1), generator=draw).to(x) - 1
    change = torch.zeros_like(x)
    change[:, :, top : top + rows, left : left + columns] = signs
    # Under L-inf twice eps crosses the ball; under L1 and L2 the length is shared by the pixels of the square.
    length = 2 * threat.eps / (rows * columns * channels) ** (1 / threat.norm)
    return project(best + length * change, x, threat)


def _margins(model: nn.Module, x: Images, y: Labels) -> Float64[Tensor, "batch"]:
    """The label's logit less the largest other one."""
    with torch.no_grad():
        logits: Tensor = model(x).double()
    label, others = logits.gather(1, y[:, None]).squeeze(1), logits.scatter(1, y[:, None], -torch.inf)
    return label - others.amax(dim=1)
