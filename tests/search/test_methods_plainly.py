"""What each method descends, both levels, against slow plain versions: the supernet edge by edge, image by image."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dsrna.bounds import margin_bound
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import METHODS, SearchSettings
from dsrna.search.examples import AdversarySettings
from dsrna.search.steps import Bilevel, Moment
from dsrna.search.thinning import all_but
from dsrna.spaces import SpaceSettings, Supernet
from dsrna.testing.plain_supernet import PlainSupernet
from dsrna.testing.stacking import plain_tensors, stacked_state
from dsrna.threat import random_start

SETTINGS = SearchSettings(epochs=4, warmup_epochs=1, batch_size=6, metric_batch=2, bound_batch=2, gradient_clip=1e9)
EPS, GAMMA, SHARE = 8 / 255, 0.01, 0.5
Mixtures = dict[str, Tensor]


def supernets(method: str) -> tuple[Supernet, PlainSupernet]:
    """One supernet in both forms, its architecture parameters far apart."""
    partial = METHODS[method].fields.get("space", {}).get("partial_channels", 1)
    assert isinstance(partial, int)
    space = SpaceSettings(cells=3, channels=4, nodes=1, partial_channels=partial)
    with initialising(0):
        plain = PlainSupernet(space, classes=3, in_channels=1, generator=generator(1)).double().train()
        stacked = Supernet(space, classes=3, in_channels=1).double().train()
    with torch.no_grad():
        for number, parameter in enumerate(plain.architecture_parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=generator(2, number)))
    stacked.load_state_dict(stacked_state(stacked, plain.state_dict()))
    return stacked, plain


def batch() -> tuple[Tensor, Tensor]:
    return torch.rand(6, 1, 5, 5, generator=generator(3), dtype=torch.float64), torch.arange(6) % 3


def moment() -> Moment:
    return Moment(SHARE, generator(4))


def replace_mixtures(plain: PlainSupernet, mixtures: Mapping[str, Tensor]) -> None:
    """Let the supernet mix by these, whatever its architecture parameters are."""
    edges = {cell: plain.mixing_weights(cell)[1] for cell in mixtures}
    plain.mixing_weights = lambda cell: (mixtures[cell], edges[cell])  # type: ignore[method-assign]


def weight_gradients(method: str, **settings: object) -> tuple[dict[str, Tensor], PlainSupernet]:
    """The gradients that a weights step takes, under the names of the supernet edge by edge."""
    stacked, plain = supernets(method)
    levels = Bilevel.make(stacked, replace(SETTINGS, method=method, **settings))  # type: ignore[arg-type]
    levels.weights_step(batch(), moment())
    found = {name: weight.grad for name, weight in stacked.named_parameters() if weight.grad is not None}
    return plain_tensors(stacked, found), plain


def check_weights(found: Mapping[str, Tensor], plain: PlainSupernet, images: Tensor) -> None:
    named = {name: weight for name, weight in plain.named_parameters() if name in found}
    loss = F.cross_entropy(plain(images), batch()[1])
    slopes = torch.autograd.grad(loss, list(named.values()), materialize_grads=True)
    assert sum(slope.abs().max() > 1e-6 for slope in slopes) > len(slopes) / 3
    for name, slope in zip(named, slopes, strict=True):
        torch.testing.assert_close(found[name], slope, rtol=1e-8, atol=1e-10, msg=name)


def one_by_one(plain: PlainSupernet, examples: str, seed: int, adversary: AdversarySettings) -> Tensor:
    """The images that a loss sees: noise in the ball, then for an adversary its steps, one image after another."""
    x, y = batch()
    seen = random_start(x, adversary.threat, seed)
    plain.eval()
    for index in range(len(x)):
        for _ in range(adversary.steps if examples == "adversarial" else 0):
            image = seen[index : index + 1].clone().requires_grad_()
            loss = F.cross_entropy(plain(image), y[index : index + 1])
            ahead = image + adversary.step * EPS * torch.autograd.grad(loss, image)[0].sign()
            low, high = (x[index] - EPS).clamp(min=0), (x[index] + EPS).clamp(max=1)
            seen[index] = torch.minimum(torch.maximum(ahead[0], low), high).detach()
    plain.train()
    return seen


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("method", ["adversarial", "pc-darts-adv", "noise"])
def test_both_levels_descend_the_loss_of_moved_images(method: str, steps: int) -> None:
    """If this fails, a robust baseline is searched on other images than it says, or one of its levels on clean ones."""
    adversary = AdversarySettings(steps=steps, step=1.25 if steps == 1 else 0.5)
    found, plain = weight_gradients(method, adversary=adversary)
    images = one_by_one(plain, METHODS[method].examples, moment().seed(), adversary)
    check_weights(found, plain, images)
    stacked, _ = supernets(method)
    levels = Bilevel.make(stacked, replace(SETTINGS, method=method, adversary=adversary))
    levels.architecture_step(batch(), batch(), moment())
    loss = F.cross_entropy(plain(images), batch()[1])
    slopes = torch.autograd.grad(loss, plain.architecture_parameters())
    for parameter, slope in zip(stacked.architecture_parameters(), slopes, strict=True):
        torch.testing.assert_close(parameter.grad, slope, rtol=1e-8, atol=1e-10)


def climbed(plain: PlainSupernet, shares: Mixtures, moves: Mixtures, radius: float) -> Mixtures:
    """Seven steps up the loss, each 2/7 of the radius long by the sign of the slope (the authors' perturb.py)."""
    (x, y), worst = batch(), {cell: move.clone() for cell, move in moves.items()}
    plain.eval()
    for _ in range(7):
        leaves = {cell: (shares[cell] + move).requires_grad_() for cell, move in worst.items()}
        replace_mixtures(plain, leaves)
        slopes = torch.autograd.grad(F.cross_entropy(plain(x), y), list(leaves.values()))
        for (cell, move), slope in zip(worst.items(), slopes, strict=True):
            for place, ahead in enumerate((move + 2 * radius / 7 * slope.sign()).flatten().tolist()):
                share = shares[cell].flatten()[place].item()
                near = min(max(ahead, -radius), radius)
                worst[cell].view(-1)[place] = min(max(share + near, 0.0), 1.0) - share
    plain.train()
    return worst


@pytest.mark.parametrize("method", ["sdarts-rs", "sdarts-adv"])
def test_the_lower_level_of_smooth_darts(method: str) -> None:
    """If this fails, weights are fit for other mixing weights than SmoothDARTS fits them for."""
    found, plain = weight_gradients(method)
    draw, shares = moment(), {cell: mixture.detach() for cell, mixture in plain.mixtures().items()}
    draw.seed()  # what the images are drawn with
    radius = 0.03 + (0.3 - 0.03) * SHARE
    moves = {}
    for cell, share in shares.items():
        uniform = radius * (2 * torch.rand(share.shape, generator=draw.generator).double() - 1)
        moves[cell] = (share + uniform).clamp(0, 1) - share
    if method == "sdarts-adv":
        moves = climbed(plain, shares, moves, radius)
    replace_mixtures(plain, {cell: share + moves[cell] for cell, share in shares.items()})
    check_weights(found, plain, batch()[0])


def by_hand(alpha: Tensor, gone: Tensor) -> Tensor:
    """A softmax of what is left, row after row."""
    rows = []
    for row, out in zip(alpha, gone.tolist(), strict=True):
        left = [0 * value if dropped else value.exp() for value, dropped in zip(row, out, strict=True)]
        rows.append(torch.stack([value / sum(left) for value in left]))
    return torch.stack(rows)


def test_both_levels_of_a_stage_of_p_darts() -> None:
    """If this fails, a stage of P-DARTS trains or searches what an earlier one has dropped, or weighs it otherwise."""
    stacked, plain = supernets("p-darts")
    stacked.dropped = all_but(3, stacked.mixtures())
    levels = Bilevel.make(stacked, replace(SETTINGS, method="p-darts"))
    levels.architecture_step(batch(), batch(), moment())
    replace_mixtures(plain, {cell: by_hand(alpha, stacked.dropped[cell]) for cell, alpha in plain.alpha.items()})
    slopes = torch.autograd.grad(F.cross_entropy(plain(batch()[0]), batch()[1]), plain.architecture_parameters())
    for parameter, slope in zip(stacked.architecture_parameters(), slopes, strict=True):
        torch.testing.assert_close(parameter.grad, slope, rtol=1e-8, atol=1e-10)
    again, plain = supernets("p-darts")
    again.dropped = all_but(3, again.mixtures())
    Bilevel.make(again, replace(SETTINGS, method="p-darts", gradient_clip=1e9)).weights_step(batch(), moment())
    found = {name: weight.grad for name, weight in again.named_parameters() if weight.grad is not None}
    replace_mixtures(plain, {cell: by_hand(alpha, again.dropped[cell]) for cell, alpha in plain.alpha.items()})
    check_weights(plain_tensors(again, found), plain, batch()[0])


def test_the_lower_level_of_racl() -> None:
    """If this fails, weights are fit for the mean architecture, and not for those that are drawn."""
    found, plain = weight_gradients("racl")
    draw, mixtures = moment(), {}
    draw.seed()
    for cell, alpha in plain.alpha.items():
        noise = torch.randn(alpha.shape, generator=draw.generator).double()
        drawn = (alpha.detach() + SETTINGS.lipschitz.spread * noise).exp()
        mixtures[cell] = drawn / drawn.sum(dim=1, keepdim=True)
    replace_mixtures(plain, mixtures)
    check_weights(found, plain, batch()[0])


def plain_jacobian(plain: PlainSupernet, image: Tensor, _: Tensor) -> Tensor:
    """Minus the mean L1 norm of the rows of the Jacobian, a class at a time (DSRNA-Jacobian; its eps is 1)."""
    leaf = image.clone().requires_grad_()
    rows = [torch.autograd.grad(plain(leaf)[0, k], leaf)[0] for k in range(3)]
    return -torch.stack([row.abs().sum() for row in rows]).mean()


def plain_curvature(plain: PlainSupernet, image: Tensor, label: Tensor) -> Tensor:
    """Minus the length of the change of the loss's gradient over a step of 0.4 along its signs (AdvRush)."""

    def slope(at: Tensor) -> Tensor:
        leaf = at.clone().requires_grad_()
        return torch.autograd.grad(F.cross_entropy(plain(leaf), label), leaf)[0]

    here = slope(image)
    signs = here.sign()
    change: Tensor = slope(image + 0.4 * signs / signs.norm()) - here
    return -change.square().sum().sqrt()


def plain_bound(plain: PlainSupernet, image: Tensor, label: Tensor) -> Tensor:
    """The bound of the margin over the runner-up, which ``tests/bounds`` holds against oracles of its own."""
    runner_up = plain(image)[0].detach()
    runner_up[label] = -torch.inf
    found = margin_bound(plain, image, label, 1 / 255, method="crown-ibp", targets=runner_up.argmax()[None])
    return found.sum()


TERMS: dict[str, tuple[Callable[[PlainSupernet, Tensor, Tensor], Tensor], ...]] = {
    "darts": (),
    "pc-darts": (),
    "sdarts-rs": (),
    "sdarts-adv": (),
    "dsrna-cb": (plain_bound,),
    "dsrna-jacobian": (plain_jacobian,),
    "dsrna-combined": (plain_bound, plain_jacobian),
    "advrush": (plain_curvature,),
}


def objective(plain: PlainSupernet, method: str) -> float:
    """``L - gamma R``, R the mean over the first two images."""
    x, y = batch()
    terms, value = TERMS[method], F.cross_entropy(plain.train()(x), y).item()
    plain.eval()
    for index in range(2):
        image, label = x[index : index + 1], y[index : index + 1]
        value -= GAMMA / 2 * sum(term(plain, image, label).item() for term in terms)
    return value


@pytest.mark.parametrize("method", TERMS)
def test_the_architecture_gradient_is_the_slope_of_the_published_objective(method: str) -> None:
    """If this fails, a method is compared under its name while it descends something else."""
    stacked, plain = supernets(method)
    for norm in (module for module in plain.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 0.0
    levels = Bilevel.make(stacked, replace(SETTINGS, method=method))
    levels.architecture_step(batch(), batch(), moment())
    parameters: list[Tensor] = [*plain.architecture_parameters()]
    step = 1e-6
    for seed in range(3):
        directions = [torch.randn(p.shape, generator=generator(seed, "way"), dtype=p.dtype) for p in parameters]
        sides = []
        for ahead in (step, -2 * step):
            with torch.no_grad():
                torch._foreach_add_(parameters, directions, alpha=ahead)
            sides.append(objective(plain, method))
        with torch.no_grad():
            torch._foreach_add_(parameters, directions, alpha=step)
        expected = (sides[0] - sides[1]) / (2 * step)
        gradients = [parameter.grad for parameter in stacked.architecture_parameters()]
        found = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True) if g is not None)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)
