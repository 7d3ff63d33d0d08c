"""Whether two runs have come to the same end."""

import json
from pathlib import Path

from safetensors.torch import load_file

from dsrna.runtime.run_folder import RunFolder


def same_end(folder: RunFolder, alone: RunFolder) -> None:
    """Hold genotype, weights and results, times left out, against those of a run left alone; bit for bit."""
    assert folder.genotype.read_bytes() == alone.genotype.read_bytes()
    left, right = load_file(folder.weights), load_file(alone.weights)
    assert left.keys() == right.keys()
    assert all(left[name].equal(right[name]) for name in left)
    for path in ("found", "model", "attack", "certify"):
        assert _without_times(getattr(folder, path)) == _without_times(getattr(alone, path))
    for path in ("attack_images", "certify_images", "adversarial"):
        assert getattr(folder, path).read_bytes() == getattr(alone, path).read_bytes()
    for path in ("search_history", "training_history"):
        same_rows(getattr(folder, path), getattr(alone, path))


def same_rows(history: Path, other: Path) -> None:
    """Hold the rows of two histories against each other, times left out."""
    assert _rows_without_times(history) == _rows_without_times(other)


def _without_times(path: Path) -> object:
    return _stripped(json.loads(path.read_text()))


def _rows_without_times(path: Path) -> list[object]:
    return [_stripped(json.loads(line)) for line in path.read_text().splitlines()]


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        return {name: _stripped(inner) for name, inner in value.items() if name != "seconds"}
    return [_stripped(inner) for inner in value] if isinstance(value, list) else value
