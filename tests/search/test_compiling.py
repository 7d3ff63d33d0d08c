"""The compiled weights step, by a backend that runs everywhere."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dsrna.data import TensorImages
from dsrna.errors import UserError
from dsrna.search import SearchSettings, search
from dsrna.search.contradictions import check_used
from dsrna.spaces import SpaceSettings, Supernet


@pytest.mark.parametrize("method", ["dsrna-jacobian", "sdarts-rs"])
def test_a_compiled_search_goes_the_same_way(method: str) -> None:
    """If this fails, a GPU searches for something else, or compiles anew in every epoch."""
    command = [sys.executable, str(Path(__file__).with_name("compiled_run.py")), method]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    difference, graphs, breaks = map(float, done.stdout.split())
    assert difference < 1e-10
    assert (graphs, breaks) == (1, 0)


def test_where_it_cannot_compile_it_says_so() -> None:
    """If this fails, a search on a CPU spends minutes on compiling, or the field does nothing and nobody is told."""
    images = TensorImages(torch.rand(8, 1, 6, 6), torch.arange(8) % 3)
    settings = SearchSettings(epochs=4, warmup_epochs=1, compile=True)
    with pytest.raises(UserError, match="search.compile is for one GPU"):
        search(
            Supernet(SpaceSettings(cells=2, channels=4, nodes=2), classes=3, in_channels=1), images, images, settings
        )
    for method, goal in (("p-darts", "standard"), ("random", "standard"), ("dsrna-radius", "certified")):
        with pytest.raises(UserError, match="search.compile does nothing"):
            check_used(replace(settings, method=method), goal)
