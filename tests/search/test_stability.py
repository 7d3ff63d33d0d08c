"""The eigenvalue against the whole Hessian, and the gap against a decided supernet."""

import math
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from dsrna.data import TensorImages
from dsrna.runtime.modes import frozen_statistics
from dsrna.runtime.seeds import generator, initialising
from dsrna.search import SearchSettings, stability
from dsrna.search.capacity import Capacity
from dsrna.search.eigenvalue import dominant_eigenvalue
from dsrna.search.examples import AdversarySettings
from dsrna.search.gap import decided, strongest_choice
from dsrna.search.objective import UpperLevel
from dsrna.search.perturbation import moved
from dsrna.search.stability import gap
from dsrna.search.steps import Bilevel
from dsrna.spaces import SPACES, Genotype, NetworkSettings, Searchable, SpaceSettings, Supernet
from dsrna.threat import Eps


def make_supernet(partial: int = 1) -> Supernet:
    space = SpaceSettings(cells=2, channels=4, nodes=2, partial_channels=partial)
    with initialising(0):
        return Supernet(space, classes=3, in_channels=1, generator=generator(1)).double()


def images() -> tuple[Tensor, Tensor]:
    draw = generator(2)
    return torch.rand(12, 1, 6, 6, generator=draw, dtype=torch.float64), torch.arange(12) % 3


@pytest.mark.parametrize("partial", [1, 2])
def test_the_eigenvalue_is_that_of_the_whole_hessian(partial: int) -> None:
    """If this fails, searches are stopped by a number that is not the published one."""
    supernet, (x, y) = make_supernet(partial).train(), images()
    for parameter in supernet.architecture_parameters():
        nn.init.normal_(parameter, generator=generator(3))
    names = [name for name, _ in supernet.named_parameters() if name.startswith(("alpha", "beta"))]
    parameters = [parameter for name, parameter in supernet.named_parameters() if name in names]

    def loss(*values: Tensor) -> Tensor:
        with frozen_statistics(supernet):
            return F.cross_entropy(functional_call(supernet, dict(zip(names, values, strict=True)), (x,)), y)

    blocks = torch.autograd.functional.hessian(loss, tuple(parameters))  # type: ignore[no-untyped-call]
    rows = [torch.cat([b.reshape(p.numel(), -1) for b in row], 1) for p, row in zip(parameters, blocks, strict=True)]
    expected = torch.linalg.eigvalsh(torch.cat(rows))[-1].item()
    found = dominant_eigenvalue(loss(*parameters), parameters, generator(4), iterations=100)
    assert found == pytest.approx(expected, rel=1e-8)
    assert dominant_eigenvalue(loss(*parameters), parameters, generator(4)) == pytest.approx(expected, rel=0.05)


def test_a_hessian_of_numbers_that_are_none_has_no_eigenvalue() -> None:
    """If this fails, a search whose loss has no second slope any more ends in a traceback of torch's."""
    parameter = torch.zeros(3, requires_grad=True)
    assert math.isnan(dominant_eigenvalue(parameter.pow(1.5).sum(), [parameter], generator(1)))


def watching(method: str, **fields: Any) -> Bilevel:
    return Bilevel.make(make_supernet().float(), SearchSettings(method=method, batch_size=8, watch=True, **fields))


def test_what_is_no_number_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, watching a search sets it back, or ends it."""
    monkeypatch.setattr(stability, "dominant_eigenvalue", lambda *_: math.nan)
    x, y = images()
    assert stability.eigenvalue(watching("darts"), TensorImages(x.float(), y), seed=0, share=0.5) is None


def test_the_eigenvalue_is_of_the_loss_that_the_search_descends(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, an adversarial search is stopped by the curvature of a loss on clean images."""
    given: list[Tensor] = []
    levels = watching("adversarial", adversary=AdversarySettings(eps=Eps(0.1)))

    def noted(model: nn.Module, x: Tensor, y: Tensor, share: float = 1.0) -> tuple[Tensor, Tensor]:
        given.append(x)
        return UpperLevel.loss(levels.upper, model, x, y, share)

    monkeypatch.setattr(levels.upper, "loss", noted)
    x, y = images()
    clean = TensorImages(x.float(), y)
    first, again = (stability.eigenvalue(levels, clean, seed=0, share=0.5) for _ in range(2))
    assert first == again
    distances = (given[0][:, None] - x.float()).abs().amax(dim=(2, 3, 4)).amin(dim=1)
    assert 0.05 < distances.amin() <= distances.amax() <= 0.1 + 1e-6


def one_hot(supernet: Searchable, seed: int) -> None:
    """Decide every edge: of each group as many as are kept have an operation, the others ``none``."""
    rule = supernet.rule()
    for index, parameter in enumerate(supernet.architecture_parameters()):
        draw, start = generator(seed, index % len(rule.cells)), 0
        parameter.data.fill_(-200.0)
        for size in rule.groups:
            for place, edge in enumerate(torch.randperm(size, generator=draw).tolist()):
                kept = place < rule.kept
                if parameter.dim() == 1:
                    parameter.data[start + edge] = 0.0 if kept else -200.0
                else:
                    column = rule.candidates[(start + edge + seed) % len(rule.candidates)]
                    parameter.data[start + edge, column if kept else rule.operations.index("none")] = 200.0
            start += size


@pytest.mark.parametrize(("space", "partial"), [("darts", 1), ("darts", 2), ("nasbench201", 1)])
def test_a_decided_supernet_has_no_gap(space: str, partial: int) -> None:
    """If this fails, the gap measures something else than discretisation."""
    settings = SpaceSettings(
        name=space, cells=3, channels=4, partial_channels=partial, operations=SPACES[space].operations
    )
    with initialising(0):
        supernet = SPACES[space].supernet(settings, classes=3, in_channels=1, generator=generator(1))
    one_hot(supernet, 5)
    x, y = images()
    before = supernet.eval()(x.float())
    choice = strongest_choice(supernet)
    with moved(supernet, decided(supernet, choice)):
        torch.testing.assert_close(supernet(x.float()), before)
    assert gap(supernet, choice, TensorImages(x.float(), y), 5) == 0


def smallest(supernet: Supernet) -> Capacity:
    """A capacity that has room for the smallest network alone."""
    sizes = SPACES["darts"].sizes(supernet.settings, NetworkSettings(3, 4), 3, (1, 4, 4))
    least, _ = sizes.counts["parameters"].span(sizes.rule)
    return Capacity(SearchSettings(method="darts", params=(least,)), sizes)


@pytest.mark.parametrize(("partial", "held"), [(1, False), (2, False), (1, True)])
def test_the_decided_weights_are_those_of_the_genotype(partial: int, held: bool) -> None:
    """If this fails, the gap is that of another architecture than the one that is found."""
    supernet = make_supernet(partial)
    for parameter in supernet.architecture_parameters():
        nn.init.normal_(parameter, generator=generator(6))
    genotype, choice = supernet.genotype(), strongest_choice(supernet)
    if held:
        capacity = smallest(supernet)
        genotype, choice = cast("Genotype", capacity.found(supernet)), capacity.choice(supernet)
        assert genotype != supernet.genotype(), "the band changes what is found"
    names = supernet.settings.operations
    with moved(supernet, decided(supernet, choice)):
        for cell, edges in (("normal", genotype.normal), ("reduce", genotype.reduce)):
            weights, edge_weights = supernet.mixing_weights(cell)
            there = [(names[column], row) for row, column in weights.round().nonzero().tolist()]
            assert there == [(name, source + 2 * (place // 2)) for place, (name, source) in enumerate(edges)]
            torch.testing.assert_close(weights, weights.round())
            if edge_weights is not None:
                assert sorted(edge_weights.gt(1e-9).nonzero().flatten().tolist()) == [row for _, row in there]
                torch.testing.assert_close(edge_weights[:2].sum(), torch.ones((), dtype=torch.float64))
    before = supernet.eval()(images()[0])
    with moved(supernet, decided(supernet, choice)):
        assert not torch.allclose(supernet(images()[0]), before)
