"""A part of a run as TensorBoard shows it: its scalars, its figures, the graph of its network."""

import copy
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from dsrna.errors import UserError
from dsrna.report.plot import Plot
from dsrna.runtime.serialise import to_plain
from dsrna.search import SearchEpoch
from dsrna.training import TrainingEpoch

_COUNTS: Final = {"epoch", "epochs"}


class Board:
    """Writes into ``folder``, anew from the first epoch: a part that goes on after a stop has no epoch twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._epochs = 0

    @cached_property
    def _writer(self) -> Any:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  of an extra

        shutil.rmtree(self._folder, ignore_errors=True)
        return SummaryWriter(str(self._folder))

    def scalars(self, rows: Sequence[SearchEpoch] | Sequence[TrainingEpoch]) -> None:
        """Write every number of the epochs that are new; ``shares.none`` of a history is ``shares/none`` here."""
        with self._writing() as writer:
            for row in rows[self._epochs :]:
                for name, value in _numbers(to_plain(row)):
                    writer.add_scalar(name, value, row.epoch)
        self._epochs = len(rows)

    def figures(self, plots: Sequence[Plot]) -> None:
        with self._writing() as writer:
            for plot in plots:
                writer.add_figure(plot.name, plot.figure(), self._epochs, close=False)

    def graph(self, network: nn.Module, shape: tuple[int, int, int]) -> None:
        """Write how the network computes; it is left as it is."""
        still = copy.deepcopy(network).cpu().eval()
        with self._writing() as writer, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # TensorBoard's writer traces by what torch would replace
            writer.add_graph(still, torch.zeros(1, *shape))

    def close(self) -> None:
        if "_writer" in vars(self):
            with self._writing() as writer:
                writer.close()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """Yield the writer; what its file system refuses is a ``UserError``."""
        try:
            yield self._writer
            self._writer.flush()
        except OSError as error:
            raise UserError(f"cannot write {self._folder}: {error.strerror or error}") from error


def _numbers(plain: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in plain.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and name not in _COUNTS:
            yield f"{prefix}{name}", value
