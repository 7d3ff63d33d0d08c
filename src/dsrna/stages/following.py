"""What can be seen of a stage while it is under way: its history, and what TensorBoard shows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from dsrna.errors import UserError
from dsrna.report.board import Board
from dsrna.report.plot import Plot
from dsrna.runtime.files import write_json_lines
from dsrna.runtime.serialise import to_plain
from dsrna.search import SearchEpoch
from dsrna.stages.run import Run
from dsrna.training import TrainingEpoch


@dataclass(frozen=True)
class Following:
    """Who follows a stage: is told of every epoch, and shown the pictures at the end."""

    history: Path
    board: Board | None

    def note(self, rows: Sequence[SearchEpoch] | Sequence[TrainingEpoch]) -> None:
        """Write down the epochs so far; none, over some that are written down, is a ``UserError``.

        Their checkpoints are gone: nothing begins again from nothing in silence.
        """
        if not rows and self.history.exists() and self.history.stat().st_size:
            raise UserError(
                f"{self.history} tells of epochs, and none of their checkpoints is left; remove it to start over"
            )
        write_json_lines(self.history, to_plain(rows))
        if self.board is not None:
            self.board.scalars(rows)

    def graph(self, network: nn.Module, shape: tuple[int, int, int]) -> None:
        if self.board is not None:
            self.board.graph(network, shape)

    def show(self, plots: Sequence[Plot]) -> None:
        if self.board is not None:
            self.board.figures(plots)


@contextmanager
def following(run: Run, part: str, history: Path) -> Iterator[Following]:
    """Let a part of a run be followed in the block."""
    with _board(run, part) as board:
        yield Following(history, board)


def show(run: Run, part: str, plots: Sequence[Plot]) -> None:
    """Show the pictures of a part that has no history."""
    with _board(run, part) as board:
        if board is not None:
            board.figures(plots)


@contextmanager
def _board(run: Run, part: str) -> Iterator[Board | None]:
    if not run.tensorboard:
        yield None
        return
    board = Board(run.folder.tensorboard(part))
    try:
        yield board
    finally:
        board.close()
