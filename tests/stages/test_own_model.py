"""A network of the user's own, attacked and certified from the command line."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from dsrna.cli import main
from dsrna.export.network import OLDEST
from dsrna.runtime.run_folder import RunFolder

SOURCE = """
import torch
from torch import nn

def build(classes=10, pixels=64):
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, 16), nn.ReLU(), nn.Linear(16, classes))

def few_classes():
    return build(classes=7)

def other_images():
    return build(pixels=784)

class Pair(nn.Flatten):
    def forward(self, x):
        return x, x

class Halving(nn.Sequential):
    def __init__(self):
        super().__init__(build())

    def forward(self, x):
        return super().forward(x.mul_(0.5))

class Stubborn(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 10))

    def train(self, mode=True):
        return super().train(True)

class Place(nn.Module):
    def __init__(self):
        super().__init__()
        self.places = nn.Parameter(torch.zeros(1, 100))

    def forward(self, count):
        return self.places[:, :count]

class Placed(nn.Module):
    def __init__(self):
        super().__init__()
        self.place, self.net = Place(), build()

    def forward(self, x):
        return self.net(x.flatten(1) + self.place(64))
"""
FEW = ["--images", "12", "--attack.sanity", "4", "--attacks", "fgsm", "--eps", "4/255,8/255"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "own_nets.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    save_weights()
    yield
    sys.modules.pop("own_nets", None)


def save_weights() -> None:
    """Write weights that were drawn anew."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    torch.save(network.state_dict(), "own.pt")


def attacked(*options: str) -> int:
    return main(["attack", "digits", "--model", "own_nets:build", "--weights", "own.pt", *FEW, *options])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


def test_it_is_attacked_and_certified_into_one_folder() -> None:
    """Else the command is for dsrna's own networks alone, or leaves less than for those."""
    assert attacked("--out", "judged") == 0
    certify = ["certify", "digits", "--model", "own_nets:build", "--weights", "own.pt", "--out", "judged"]
    assert main([*certify, "--images", "5", "--eps", "1/255"]) == 0
    folder = RunFolder(Path("judged"))
    assert json.loads(folder.attack.read_text())["clean"]["total"] == 12
    assert len(list(csv.DictReader(folder.attack_images.read_text().splitlines()))) == 12
    own = json.loads(folder.own_model.read_text())
    assert (own["model"], own["weights"], own["shape"]) == ("own_nets:build", "own.pt", [1, 8, 8])
    assert own["parameters"] == 64 * 16 + 16 + 16 * 10 + 10
    page = folder.report.read_text()
    assert "network own_nets:build" in page
    assert "certified" in page
    assert "dsrna search" not in page
    assert "dsrna train" not in page


def test_a_part_may_return_a_piece_of_a_parameter() -> None:
    """If this fails, a network with learned positions, as transformers have them, ends in a traceback."""
    assert main(["attack", "digits", "--model", "own_nets:Placed", *FEW, "--out", "judged"]) == 0
    own = json.loads(RunFolder(Path("judged")).own_model.read_text())
    assert (own["parameters"], own["multiply_adds"]) == (1310, 64 * 16 + 16 * 10)


@pytest.mark.skipif(torch.__version__ < OLDEST, reason=f"onnxscript needs torch {OLDEST}")
def test_there_is_nothing_of_ours_to_export(capsys: pytest.CaptureFixture[str]) -> None:
    """Else whoever certifies a network of their own is told to train it, which is refused."""
    certify = ["certify", "digits", "--model", "own_nets:build", "--weights", "own.pt", "--out", "judged"]
    assert main([*certify, "--images", "5", "--eps", "1/255"]) == 0
    capsys.readouterr()
    assert main(["export", "judged", "--onnx", "n.onnx"]) == 2
    assert "holds results about a model of your own" in said(capsys)


def test_the_folder_is_named_after_function_and_recipe() -> None:
    """Else two networks end in one folder."""
    assert attacked() == 0
    assert RunFolder(Path("runs/own_nets.build-digits-0")).report.exists()


def test_two_networks_do_not_share_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """Else attacks on one network stand beside certificates of another."""
    assert attacked("--out", "judged") == 0
    save_weights()
    assert attacked("--out", "judged") == 2
    assert "another network; choose another with --out" in said(capsys)


def test_a_run_and_a_network_of_ones_own_stay_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Else a run's page shows the accuracy of a network that it did not make, or the other way round."""
    assert attacked("--out", "judged") == 0
    capsys.readouterr()
    for command in (["attack", "judged"], ["train", "judged"], ["run", "digits", "--out", "judged"]):
        assert main(command) == 2
        assert "judged is of a network of your own" in said(capsys)
    folder = RunFolder(tmp_path / "run")
    folder.search_checkpoints.mkdir(parents=True)
    folder.recipe.write_text(RunFolder(Path("judged")).recipe.read_text())
    assert attacked("--out", str(folder.path)) == 2
    assert "holds a run; choose another folder" in said(capsys)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["digits", "--model", "own_nets:few_classes"], r"logits of shape (2, 10), a class each, not (2, 7)"),
        (["digits", "--model", "own_nets:Pair"], "not tuple"),
        (["digits", "--model", "own_nets:other_images"], "cannot take images of shape (1, 8, 8)"),
        (["digits", "--model", "own_nets:Halving"], "own_nets:Halving changes the images that it is given"),
        (["digits", "--model", "own_nets:Stubborn"], "cannot take an image alone, of shape (1, 8, 8): Expected more"),
        (["digits", "--model", "own_nets:nothing"], "own_nets has no 'nothing'"),
        (["digit", "--model", "own_nets:build"], "unknown recipe 'digit'; did you mean 'digits'"),
        (["digits", "--weights", "own.pt"], "say which with --model"),
        (["digits", "--out", "judged"], "say which with --model"),
    ],
)
def test_mistakes_cost_one_line(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a wrong name or shape ends in a traceback, or in numbers that mean nothing."""
    assert main(["attack", *options]) == 2
    assert words in said(capsys)
    assert not (Path("runs/own_nets.few_classes-digits-0") / "attack.json").exists()


def test_a_mistake_does_not_claim_the_folder() -> None:
    """Else the right command is refused after a wrong one."""
    assert main(["attack", "digits", "--model", "own_nets:few_classes", "--out", "judged"]) == 2
    assert attacked("--out", "judged") == 0
