"""Everything that is registered, tried by the checks that extensions can use too."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dsrna.cli.listing import KINDS
from dsrna.data import DataSettings
from dsrna.recipes import Recipe, to_yaml
from dsrna.registry import Record
from dsrna.runtime.seeds import generator
from dsrna.spaces import Architecture, Space, SpaceSettings, find_architecture, read_architecture
from dsrna.testing.attacks import check_attack
from dsrna.testing.corruptions import check_corruption
from dsrna.testing.data import check_dataset
from dsrna.testing.metrics import check_metric
from dsrna.testing.operations import check_operation
from dsrna.testing.trainings import check_training

Check = Callable[[Record[Any]], None]


def check_recipe(record: Record[Callable[[], Recipe]]) -> None:
    assert record.value().name == record.name
    assert f"name: {record.name}" in to_yaml(record.value())


def check_embedded_data(record: Record[Any]) -> None:
    """Only the digits need no files; the others are tried on theirs in tests/data."""
    if record.name == "digits":
        check_dataset(record.value(DataSettings(record.name), seed=0, device=torch.device("cpu")))


def check_space(record: Record[Space]) -> None:
    settings = SpaceSettings(name=record.name, cells=3, channels=4, operations=record.value.operations)
    record.value.check_supernet(settings)
    supernet = record.value.supernet(settings, classes=3, in_channels=1)
    assert supernet(torch.rand(2, 1, 6, 6)).shape == (2, 3)
    check_architecture(Record(record.name, "", "", supernet.genotype()))
    check_architecture(Record(record.name, "", "", record.value.draw(settings, generator(0, record.name))))
    assert sum(supernet.shares().values()) == pytest.approx(1.0)


def check_stem(record: Record[Any]) -> None:
    stem = record.value(3, 8)
    first, second = stem(torch.rand(2, 3, 32, 32))
    assert (first.shape[1], second.shape[1]) == stem.outputs
    assert (first.shape[2] > second.shape[2]) == stem.reduces


def check_architecture(record: Record[Architecture]) -> None:
    network = record.value.build(cells=3, channels=4, classes=3, in_channels=1)
    assert network(torch.rand(2, 1, 8, 8)).shape == (2, 3)
    assert read_architecture(record.value.to_dict()) == record.value
    assert find_architecture(record.value.to_text()) == record.value
    edges = [edge.operation for graph in record.value.graphs() for edge in graph.edges]
    assert Counter(edges) == record.value.operation_counts()


def check_method(record: Record[Any]) -> None:
    for name in record.value.metrics:
        assert name in KINDS["metrics"]


def check_bound(record: Record[Any]) -> None:
    from dsrna.bounds import output_bounds

    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    x = torch.rand(5, 1, 2, 2)
    lower, upper = output_bounds(model, x, 0.1, method=record.name)
    for corner in (x - 0.1, x + 0.1):
        out = model(corner.clamp(0, 1))
        assert ((lower <= out + 1e-5) & (out <= upper + 1e-5)).all()


def check_certificate(record: Record[Any]) -> None:
    """Of a linear classifier the decision lies at 0.5: no radius may reach past it, nor depend on the batch."""
    layer = torch.nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-0.5], [0.5]]))
    shifted = torch.nn.Sequential(Shifted(), torch.nn.Flatten(), layer)
    x = torch.tensor([0.1, 0.9, 0.7]).reshape(3, 1, 1, 1)
    classes, radii = record.value(shifted, x)
    assert classes.tolist()[:2] == [0, 1]
    assert (radii.ge(0) & radii.le((x.flatten() - 0.5).abs() + 1e-6)).all()
    assert torch.equal(record.value(shifted, x[1:2])[1], radii[1:2])


class Shifted(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - 0.5


CHECKS: dict[str, Check] = {
    "recipes": check_recipe,
    "data": check_embedded_data,
    "spaces": check_space,
    "operations": lambda record: check_operation(record, generator=generator(0, record.name)),
    "stems": check_stem,
    "architectures": check_architecture,
    "methods": check_method,
    "metrics": lambda record: check_metric(record, generator=generator(0, record.name)),
    "trainings": check_training,
    "attacks": check_attack,
    "corruptions": check_corruption,
    "bounds": check_bound,
    "certificates": check_certificate,
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in KINDS[kind].names()])
def test_what_is_registered_conforms(kind: str, name: str) -> None:
    """If this fails, something that `dsrna list` offers does not keep its room's promises."""
    record = KINDS[kind].record(name)
    assert record.summary, "one sentence on what it is"
    assert record.source, "where it is from"
    CHECKS[kind](record)


def test_every_kind_has_a_check() -> None:
    """If this fails, a new kind of extension is listed and never tried."""
    assert CHECKS.keys() == KINDS.keys()


def test_every_check_ships() -> None:
    """If this fails, an author of an extension cannot run the checks that ours must pass."""
    import dsrna.testing

    shipped = {path.stem for path in Path(next(iter(dsrna.testing.__path__))).glob("*.py")}
    assert {"attacks", "bounds", "corruptions", "data", "metrics", "operations", "trainings"} <= shipped
