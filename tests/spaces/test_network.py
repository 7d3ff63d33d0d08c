"""The discrete network, held against published facts."""

import pytest
import torch

from dsrna.runtime.seeds import generator
from dsrna.spaces import (
    ARCHITECTURES,
    DiscreteNetwork,
    Genotype,
    SpaceSettings,
    multiply_adds,
    parameters,
    random_genotype,
)

GENOTYPES = [name for name in ARCHITECTURES.names() if isinstance(ARCHITECTURES[name], Genotype)]


@pytest.mark.parametrize("name", sorted(set(ARCHITECTURES.names()) - set(GENOTYPES)))
def test_every_architecture_of_another_space_builds_and_runs(name: str) -> None:
    """If this fails, a cell that a search found cannot be trained again by its name."""
    network = ARCHITECTURES[name].build(cells=3, channels=4, classes=10)
    assert network(torch.rand(2, 3, 16, 16)).shape == (2, 10)


@pytest.mark.parametrize("name", GENOTYPES)
def test_every_published_architecture_builds_and_runs(name: str) -> None:
    """If this fails, a published genotype cannot be trained under our protocol."""
    network = ARCHITECTURES[name].build(cells=5, channels=4, classes=10, auxiliary=True)
    assert isinstance(network, DiscreteNetwork)
    logits, auxiliary = network.forward_with_auxiliary(torch.rand(2, 3, 32, 32))
    assert logits.shape == (2, 10)
    assert auxiliary is not None
    assert auxiliary.shape == (2, 10)


def test_parameter_counts_are_the_published_ones() -> None:
    """If this fails, our DARTS network is not the one of the paper: 3.35M on CIFAR-10, 4.72M on ImageNet."""
    darts = ARCHITECTURES["darts-v2"]
    assert parameters(darts.build(cells=20, channels=36, classes=10)) == 3_349_342
    imagenet = darts.build(cells=14, channels=48, classes=1000, stem="imagenet")
    assert parameters(imagenet) == 4_718_752
    assert round(multiply_adds(imagenet, (3, 224, 224)) / 1e6) == 530


def test_the_auxiliary_classifier_is_not_counted() -> None:
    """If this fails, reported sizes include what is thrown away after training."""
    genotype = ARCHITECTURES["racl"]
    plain, with_head = (genotype.build(cells=3, channels=4, classes=10, auxiliary=flag) for flag in (False, True))
    assert parameters(plain) == parameters(with_head)


@pytest.mark.parametrize("size", [7, 8, 9, 28, 33])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_image_size_runs(size: int, channels: int) -> None:
    """If this fails, users with odd image sizes get a shape error in the middle of a reduction cell."""
    genotype = random_genotype(SpaceSettings(), generator(size))
    network = genotype.build(cells=4, channels=4, classes=3, in_channels=channels, auxiliary=True)
    assert network(torch.rand(2, channels, size, size)).shape == (2, 3)


def test_a_network_of_none_is_constant() -> None:
    """If this fails, 'none' in a published genotype is treated as some other operation."""
    nothing = (("none", 0), ("none", 1))
    genotype = Genotype(normal=nothing, normal_concat=(2,), reduce=nothing, reduce_concat=(2,))
    network = genotype.build(cells=3, channels=4, classes=5).eval()
    out = network(torch.rand(4, 3, 8, 8))
    assert torch.equal(out, out[:1].expand(4, -1))


def test_drop_path_draws_from_the_generator_and_only_in_training() -> None:
    """If this fails, a resumed training drops other paths than one left alone, or evaluation is random."""
    network = ARCHITECTURES["darts-v1"].build(cells=3, channels=4, classes=10)
    assert isinstance(network, DiscreteNetwork)
    x = torch.rand(8, 3, 8, 8)

    def run(seed: int) -> torch.Tensor:
        network.set_drop_path(0.5, generator(seed))
        with torch.no_grad():
            out: torch.Tensor = network(x)
        return out

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
    network.eval()
    assert torch.equal(run(1), run(2))


def test_normalisation_is_the_first_layer() -> None:
    """If this fails, eps is not in pixel units everywhere."""
    genotype = ARCHITECTURES["darts-v1"]
    plain = genotype.build(cells=2, channels=4, classes=10, in_channels=1).eval()
    normalised = genotype.build(cells=2, channels=4, classes=10, in_channels=1, mean=[0.3], std=[0.2]).eval()
    state = {name: value for name, value in plain.state_dict().items() if not name.startswith("normalize.")}
    normalised.load_state_dict(state, strict=False)
    x = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(normalised(x), plain((x - 0.3) / 0.2))
