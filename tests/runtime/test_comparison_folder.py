"""Folders that cannot be."""

from pathlib import Path

import pytest

from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder


def test_a_folder_that_may_not_be_looked_into_is_a_mistake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If this fails, a mistake of the user's ends in a traceback."""

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(UserError, match=r"cannot be the folder of a comparison: Permission denied"):
        ComparisonFolder(tmp_path)
