"""Cells on a Ray cluster of two nodes, on this machine."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comparison_cases import tiny

from dsrna.comparison import Comparison, Grid, compare
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.recipes import overridden
from dsrna.runtime.comparison_folder import ComparisonFolder

ray = pytest.importorskip("ray")

from ray.cluster_utils import Cluster  # noqa: E402

from dsrna.comparison.places.on_ray import Needs, OnRay  # noqa: E402

SMALL: dict[str, Any] = {
    "data": {"limit": 100},
    "training": {"epochs": 1},
    "attack": {"images": 20, "attacks": ["fgsm"]},
    "certify": {"images": 4},
    "network": {"cells": 2, "channels": 4},
}
SYSTEM = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 1000, "worker_niceness": 0}
"""A dead node is known to be dead within seconds, and a live one gets its share of a busy machine."""
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One node of one CPU; another may join."""
    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False, "_system_config": SYSTEM})
    yield made
    made.shutdown()


def grid(**fields: Any) -> Grid:
    return Grid(tiny(), methods=("random",), seeds=(0, 1), fields={**SMALL, **fields})


def finished(found: Comparison) -> bool:
    return all(row.failure is None and row.measures for row in found.rows)


def test_a_grid_outlives_one_of_its_nodes(cluster: Any, tmp_path: Path) -> None:
    """If this fails, a machine that dies takes its cells with it, or they are run where nobody gathers them."""
    cells = [ComparisonFolder(tmp_path).cell(cell.name) for cell in grid().cells()]
    second, killed = cluster.add_node(**NODE), threading.Event()

    def kill() -> None:
        while not all(cell.environment.exists() for cell in cells):
            time.sleep(0.05)
        assert not any(cell.report.exists() for cell in cells), "one CPU a node: both must have been under way"
        cluster.remove_node(second, allow_graceful=False)
        killed.set()

    killer = threading.Thread(target=kill)
    killer.start()
    found = compare(grid(), tmp_path, place=OnRay(cluster.address))
    killer.join()
    assert killed.is_set()
    assert finished(found)
    assert len(cells) == 2


def test_cells_without_the_folder_come_back_and_failures_are_rows(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, machines of their own disks are of no use, or one impossible cell ends the others."""
    place, heard = OnRay(cluster.address), signal.getsignal(signal.SIGTERM)
    with place.opened(ComparisonFolder(tmp_path)) as cells:
        assert signal.getsignal(signal.SIGTERM) == heard, "Ray's own would end the command without a word"
        cells.mark.unlink()
        for seed, limit in ((0, 100), (1, 5)):
            recipe = overridden(tiny(), {**SMALL, "data": {"limit": limit}, "seed": seed}, where="test")
            cells.begin(Job(str(seed), recipe, ComparisonFolder(tmp_path), 1))
        cells.mark.touch()
        ended = [*cells.ended()]
        while cells.running:
            ended += cells.ended()
    failures = {each.name: each.failure for each in ended}
    assert failures == {"0": None, "1": "limit 5 is too small: two images of each of 10 classes are 20"}
    assert ComparisonFolder(tmp_path).cell("0").report.exists()


def test_a_cell_that_no_node_has_room_for_is_a_mistake(cluster: Any, tmp_path: Path) -> None:
    """If this fails, it waits for ever, and nobody is told for what."""
    with pytest.raises(UserError, match="no node of the Ray cluster has 64 CPUs and 0 GPUs"):
        compare(grid(threads=64), tmp_path, place=OnRay(cluster.address))
    assert not ray.is_initialized()


@pytest.mark.parametrize(("device", "needs"), [("cuda:3", Needs(2, 1)), ("cpu", Needs(2, 0)), ("auto", Needs(2, 0))])
def test_a_gpu_is_reserved_where_the_device_is_one(device: str, needs: Needs) -> None:
    """If this fails, cells share a GPU that one of them has to itself, or wait for one that they do not use."""
    recipe = overridden(tiny(), {"device": device, "threads": 2}, where="test")
    assert Needs.of(Job("x", recipe, ComparisonFolder(Path()), 1)) == needs
    assert needs.device == ("cuda" if needs.gpus else "cpu")


def test_no_cluster_is_a_line(tmp_path: Path) -> None:
    """If this fails, a mistyped address ends in pages of Ray's own report."""
    with pytest.raises(UserError, match="cannot connect to Ray at") as caught:
        compare(Grid(tiny(), methods=("random",)), tmp_path, place=OnRay("127.0.0.1:1"))
    assert "\n" not in str(caught.value)
