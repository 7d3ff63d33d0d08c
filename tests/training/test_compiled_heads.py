"""What is compiled of a network with a second classifier. The backend counts, and leaves graphs as they are."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

import pytest
import torch
from plain_losses import moment
from torch import Tensor, fx
from training_cases import Network, digits

from dsrna.training import TrainingSettings
from dsrna.training.standard import _compiled, standard


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[fx.GraphModule]]:
    """The graphs that torch was asked to compile."""
    asked: list[fx.GraphModule] = []

    def counting(graph: fx.GraphModule, _: list[Tensor]) -> Callable[..., object]:
        asked.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=counting))
    _compiled.cache_clear()
    yield asked
    _compiled.cache_clear()


@pytest.mark.parametrize("compiles", [True, False])
def test_a_network_trained_with_its_second_classifier_is_compiled(compiles: bool, graphs: list[fx.GraphModule]) -> None:
    """Else the field does nothing for every network that has such a classifier, and says nothing of it."""
    x, y = digits().train.read(torch.arange(8)), digits().train.labels[:8]
    settings = TrainingSettings(auxiliary=0.4, compile=compiles)
    first = Network().eval()
    second = deepcopy(first)
    torch.nn.init.ones_(second.classifier.weight)
    for model in (first, second):
        _, logits = standard(model, x, y, settings, moment())
        assert torch.allclose(logits, model(x), atol=1e-5), "each network's own, not those of the one compiled first"
    convolutions = [node for graph in graphs for node in graph.graph.nodes if "conv2d" in str(node.target)]
    assert bool(convolutions) is compiles
