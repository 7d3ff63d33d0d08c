"""On what a run was made: versions, machine, commit."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from dsrna.runtime.devices import knows_tf32


def environment(device: torch.device, *, tf32: bool, deterministic: bool) -> dict[str, Any]:
    """Return what ``environment.json`` holds. ``tf32``: whether searching and training may multiply so.

    ``deterministic``: whether it was asked that all stages come to the same bits; on a CPU they do in any case.
    """
    return {
        "schema": 1,
        "dsrna": version("dsrna"),
        "commit": _commit(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "tf32": tf32 and knows_tf32(device),
        "deterministic": deterministic or device.type == "cpu",
        "threads": torch.get_num_threads(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
    """The commit of the checkout the package is run from; None where it was installed without one."""
    package = Path(__file__).parents[1]
    command = ["git", "-C", str(package), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
