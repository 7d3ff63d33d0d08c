"""Rows as pandas frames. pandas is of the extra [frames]: who imports this has asked whether it is there."""

from collections.abc import Iterable, Mapping
from typing import Any

from pandas import DataFrame, json_normalize


def frame(rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a line a row; what is nested has a column of its own, named ``outer.inner``."""
    return json_normalize([dict(row) for row in rows])
