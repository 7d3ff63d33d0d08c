"""A step in parts, and in less precision."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from training_cases import CPU, Network, learn

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.training import TRAININGS, Moment, TrainingSettings
from dsrna.training.descent import computed
from dsrna.training.placing import laid_out, place

SETTINGS = TrainingSettings(epochs=1, batch_size=10, learning_rate=0.1, gradient_clip=0.5)


def images() -> TensorImages:
    draw = torch.Generator().manual_seed(0)
    return TensorImages(torch.rand(40, 1, 6, 6, generator=draw), torch.randint(3, (40,), generator=draw))


def plain_network() -> nn.Sequential:
    """No batch norm, which sees the parts of a batch."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(nn.Flatten(), nn.Linear(36, 20), nn.ReLU(), nn.Linear(20, 3))


@pytest.mark.parametrize("parts", [3, 5])
def test_a_batch_in_parts_is_the_whole_batch(parts: int) -> None:
    """Else accumulating gradients is another training: parts of unequal size count alike, or are clipped alone."""
    whole, split = plain_network(), plain_network()
    history = [
        learn(model, replace(SETTINGS, accumulate=count), images=images())
        for model, count in ((whole, 1), (split, parts))
    ]
    assert history[0][0].loss == pytest.approx(history[1][0].loss, rel=1e-5)
    assert history[0][0].accuracy == pytest.approx(history[1][0].accuracy)
    for one, other in zip(whole.parameters(), split.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_parts_are_small() -> None:
    """Else the memory is that of the whole batch."""
    sizes: list[int] = []

    class Watching(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            sizes.append(len(x))
            out: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
            return out

    learn(Watching(*plain_network()), replace(SETTINGS, accumulate=4), images=images())
    assert sizes == 4 * [3, 3, 2, 2]


@pytest.mark.parametrize("method", sorted({*TRAININGS.names()} - {"certified"}))
def test_low_precision_gives_every_weight_nearly_its_gradient(method: str) -> None:
    """Else autocast's cache hands the loss weights without a graph, and they are never trained."""
    x, y = images().read(torch.arange(20)), images().labels[:20]
    found = []
    for precision in ("float32", "bfloat16"):
        model, settings = Network(), TrainingSettings(method, precision=precision)
        model.features[3], model.dropout = nn.Sequential(nn.AdaptiveAvgPool2d(6), nn.Flatten()), nn.Identity()  # type: ignore[assignment]
        loss, logits = computed(model.train(), method, (x, y), settings, Moment(torch.Generator().manual_seed(0), 0.0))
        assert loss.dtype == torch.float32
        assert (logits.dtype == torch.bfloat16) == (precision == "bfloat16")
        found.append(torch.autograd.grad(loss, list(model.classifier.parameters()) + list(model.features.parameters())))
    for exact, rough in zip(*found, strict=True):
        assert (rough - exact).norm() < 0.2 * exact.norm() + 1e-3


def test_weights_stay_in_full_precision() -> None:
    """Else small steps are rounded away."""
    model = Network()
    (row,) = learn(model, TrainingSettings(epochs=1, precision="bfloat16"))
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    assert row.loss < 2.5


@pytest.mark.parametrize("changes", [{"precision": "bfloat16"}, {"compile": True}])
def test_certified_training_is_in_full_precision(changes: dict[str, object]) -> None:
    """Else bounds are traced through what they do not know, or rounded to nothing."""
    with pytest.raises(UserError, match="certified training needs"):
        TrainingSettings("certified", **changes)  # type: ignore[arg-type]


def test_compiling_on_a_cpu_is_refused() -> None:
    """Else the first epoch waits for minutes, for nothing."""
    with pytest.raises(UserError, match="compile is for a GPU"):
        learn(Network(), TrainingSettings(epochs=1, compile=True))


def test_on_a_gpu_the_network_is_compiled_and_lies_as_its_images_do() -> None:
    """Else the fields do nothing where they should."""
    done: list[str] = []

    class Pretending(nn.Conv2d):
        def compile(self) -> None:
            done.append("compiled")

    model = Pretending(3, 4, 3)
    place(model, TrainingSettings(compile=True, precision="bfloat16"), torch.device("cuda"))
    assert done == ["compiled"]
    assert model.weight.is_contiguous(memory_format=torch.channels_last)
    x = torch.rand(2, 3, 4, 4, device=CPU)
    assert laid_out(x, TrainingSettings(precision="bfloat16")) is x
