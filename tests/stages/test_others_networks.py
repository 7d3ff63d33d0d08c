"""Networks of run folders that somebody else has made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dsrna.errors import UserError
from dsrna.runtime.checkpoint import write_tensors
from dsrna.runtime.files import read_json, write_json
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import Genotype, NetworkSettings, find_architecture
from dsrna.stages import load_network
from dsrna.stages.train import Model


@pytest.fixture
def made(tmp_path: Path) -> RunFolder:
    """A folder with a network of two channels and its weights, as a training leaves them."""
    folder, settings = RunFolder(tmp_path / "run"), NetworkSettings(cells=1, channels=2)
    architecture = find_architecture("racl")
    network = architecture.build(classes=2, in_channels=1, **to_plain(settings))
    write_tensors(folder.weights, network.state_dict(), {"kind": "network"})
    described = Model(
        network=settings,
        classes=("a", "b"),
        shape=(1, 8, 8),
        genotype=architecture.to_dict(),
        parameters=1,
        multiply_adds=1,
        training="standard",
    )
    write_json(folder.model, to_plain(described))
    assert not load_network(folder).training
    return folder


@pytest.mark.parametrize(
    ("network", "shape", "reason"),
    [
        ({"cells": 10**6}, [1, 8, 8], "at most 500"),
        ({"cells": 2}, [1, 8, 8], "another network"),
        ({"channels": 10**9}, [1, 8, 8], "at most 10,000"),
        ({"channels": 9000}, [1, 8, 8], "another network"),
        ({}, [-1, 8, 8], "shape must be"),
        ({}, [10**12, 8, 8], "shape must be"),
        ({}, [99_999, 8, 8], "another network"),
    ],
)
def test_a_network_that_is_none_of_the_weights_is_not_built(
    made: RunFolder, network: dict[str, int], shape: list[int], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a stranger's folder of some kilobytes takes the memory, or the hours, that it asks for."""
    plain = read_json(made.model)
    write_json(made.model, {**plain, "network": {**plain["network"], **network}, "shape": shape})
    monkeypatch.setattr(Genotype, "build", only_without_memory(Genotype.build))
    with pytest.raises(UserError, match=rf"model\.json.*{reason}|{reason}.*model\.json"):
        load_network(made)


def only_without_memory(build: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    def checked(*given: Any, **more: Any) -> nn.Module:
        assert torch.empty(1).is_meta
        return build(*given, **more)

    return checked
