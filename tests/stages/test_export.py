"""From a run folder to files for verifiers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from tiny import tiny_recipe

from dsrna.cli import main
from dsrna.errors import UserError
from dsrna.export.network import OLDEST
from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import ExportSettings, Run, begin, load_network, search_stage, train_stage

exporting = pytest.mark.skipif(torch.__version__ < OLDEST, reason=f"onnxscript needs torch {OLDEST}")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run whose network is trained for one epoch."""
    recipe = tiny_recipe()
    short = replace(recipe, architecture="racl", training=replace(recipe.training, epochs=1))
    run = begin(short, tmp_path_factory.mktemp("export") / "run")
    search_stage(run)
    train_stage(run)
    return run.folder


@exporting
def test_a_run_becomes_a_network_and_its_properties(trained: RunFolder, tmp_path: Path) -> None:
    """Else a verifier cannot take over: the network is another one, or the questions are not of it."""
    target, folder = tmp_path / "out" / "network.onnx", tmp_path / "out" / "properties"
    argv = ["export", str(trained.path), "--onnx", str(target), "--vnnlib", str(folder), "--images", "4"]
    assert main([*argv, "--eps", "1/255,2/255", "--timeout", "9"]) == 0
    listed = [line.split(",") for line in (folder / "instances.csv").read_text().splitlines()]
    assert len(listed) == 8
    for network, question, timeout in listed:
        assert (folder / network).resolve() == target.resolve()
        assert "(declare-const X_63 Real)" in (folder / question).read_text()
        assert timeout == "9"
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        ours = load_network(trained)(x)
    torch.testing.assert_close(torch.from_numpy(session.run(None, {"X": x.numpy()})[0]), ours, rtol=1e-4, atol=1e-5)


@exporting
def test_the_network_alone_needs_no_data(trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a network cannot be exported where its images are not."""

    def gone(*_: object, **__: object) -> None:
        raise AssertionError("the data were opened")

    monkeypatch.setattr(Run, "dataset", property(gone))
    assert main(["export", str(trained.path), "--onnx", str(tmp_path / "network.onnx")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"onnx": Path("/")}, "/ is a folder; --onnx names a file"),
        ({"onnx": Path("n" * 300)}, "cannot write n+: File name too long"),
        ({"vnnlib": Path(__file__)}, "is a file; --vnnlib names a folder"),
        ({"images": 3}, "say with --vnnlib DIR"),
        ({"eps": (0.1,)}, "say with --vnnlib DIR"),
        ({"vnnlib": Path("new"), "images": 0}, "images must be at least 1"),
        ({"timeout": 0}, "timeout must be at least 1"),
        ({"vnnlib": Path("new"), "eps": (8.0,)}, "did you mean 8/255"),
        ({"vnnlib": Path("new"), "eps": ()}, "one at least"),
    ],
)
def test_senseless_exports_are_named(wrong: dict[str, Any], message: str) -> None:
    """Else files are written that nobody wanted, or over others."""
    with pytest.raises(UserError, match=message):
        ExportSettings(**{"onnx": Path("network.onnx"), **wrong})
