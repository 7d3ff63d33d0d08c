"""A network as an ONNX file: the same outputs, operations that verifiers know, nothing of the machine."""

from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from export_cases import cell_network, images, network_of
from torch import Tensor, nn
from torch.torch_version import TorchVersion

from dsrna.errors import UserError
from dsrna.export import export_onnx
from dsrna.export.network import OLDEST
from dsrna.runtime import extras
from dsrna.spaces import find_architecture

pytestmark = pytest.mark.skipif(torch.__version__ < OLDEST, reason=f"onnxscript needs torch {OLDEST}")

KNOWN = {"Add", "AveragePool", "Concat", "Conv", "Div", "Gemm", "MaxPool", "Pad", "Relu", "Reshape", "Sub"}
"""What a verifier must know to read a network of ours; ``Pad`` stands in odd sizes only."""


def outputs(path: Path, x: Tensor) -> Tensor:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"X": x.numpy()})[0])


@pytest.mark.parametrize(
    ("seed", "side", "stem"), [(0, 8, "cifar"), (1, 9, "cifar"), (2, 8, "cifar"), (3, 19, "imagenet")]
)
def test_the_file_computes_what_the_network_does(seed: int, side: int, stem: str, tmp_path: Path) -> None:
    """Else what a verifier proves is not of our network, or only of batches of one size."""
    model = cell_network(seed, stem=stem)
    path = tmp_path / "network.onnx"
    export_onnx(model, (1, side, side), path)
    for batch in (1, 2, 7):
        x = images(batch, side)
        with torch.no_grad():
            torch.testing.assert_close(outputs(path, x), model(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "|nor_conv_3x3~0|+|skip_connect~0|avg_pool_3x3~1|+|none~0|nor_conv_1x1~1|skip_connect~2|",
        "|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|avg_pool_3x3~2|",
    ],
)
def test_networks_of_the_second_space_can_be_exported(text: str, tmp_path: Path) -> None:
    """Else what was found in NAS-Bench-201 could not be verified; the second cell has a node that nothing reaches."""
    model = network_of(find_architecture(text), 0, cells=3)
    export_onnx(model, (1, 9, 9), tmp_path / "network.onnx")
    x = images(3, 9)
    with torch.no_grad():
        torch.testing.assert_close(outputs(tmp_path / "network.onnx", x), model(x), rtol=1e-4, atol=1e-5)


def test_the_file_has_operations_that_verifiers_know(tmp_path: Path) -> None:
    """Else no verifier can read the network."""
    kinds = set()
    for seed, side in enumerate((8, 9)):
        export_onnx(cell_network(seed), (1, side, side), tmp_path / "network.onnx")
        proto = onnx.load(tmp_path / "network.onnx")
        onnx.checker.check_model(proto, full_check=True)
        kinds |= {node.op_type for node in proto.graph.node}
        pools = [node for node in proto.graph.node if node.op_type == "AveragePool"]
        counting = [each.i for node in pools for each in node.attribute if each.name == "count_include_pad"]
        assert not any(counting)
        assert [entry.name for entry in proto.graph.input] == ["X"]
        assert [entry.name for entry in proto.graph.output] == ["Y"]
        assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    assert kinds <= KNOWN
    assert {"Conv", "Gemm", "Relu"} < kinds


def test_the_file_says_nothing_of_the_machine(tmp_path: Path) -> None:
    """Else a published network tells where, and in which folders, it was made."""
    export_onnx(cell_network(0), (1, 8, 8), tmp_path / "network.onnx")
    content = (tmp_path / "network.onnx").read_bytes()
    assert b".py" not in content
    assert str(Path(__file__).parent).encode() not in content


def test_the_model_stays_as_it_is(tmp_path: Path) -> None:
    """Else a network is another one after it was exported."""
    model = cell_network(0).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modules = [type(module) for module in model.modules()]
    export_onnx(model, (1, 8, 8), tmp_path / "network.onnx")
    assert model.training
    assert [type(module) for module in model.modules()] == modules
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else a plain installation ends in a traceback."""
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"onnx and onnxscript.*\[onnx\]"):
        export_onnx(cell_network(0), (1, 8, 8), tmp_path / "network.onnx")


def test_with_a_torch_that_is_too_old_it_says_which_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else who has one is told of an error inside the exporter."""
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.6.0+cpu"))
    with pytest.raises(UserError, match=r"needs torch 2\.7 or newer; here it is 2\.6\.0\+cpu"):
        export_onnx(cell_network(0), (1, 8, 8), tmp_path / "network.onnx")


def test_what_cannot_be_written_is_a_line(tmp_path: Path) -> None:
    """Else a model of the user's own ends in pages of the exporter's report."""

    class Deciding(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1) if x.sum() > 0 else -x.flatten(1)

    with pytest.raises(UserError, match="cannot be written as ONNX") as caught:
        export_onnx(Deciding(), (1, 2, 2), tmp_path / "network.onnx")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "network.onnx").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Else a mistyped path is a traceback."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        export_onnx(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), (1, 2, 2), tmp_path / "file" / "network.onnx")
