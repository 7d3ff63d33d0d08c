"""A search that is killed between two epochs."""

from dsrna.runtime.progress import Silent


class Stop(Exception):  # noqa: N818
    """A run that is killed."""


class StopAfter(Silent):
    """A reporter that kills the run when an epoch is reported."""

    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def step(self, advance: int = 1, /, **numbers: float) -> None:
        self.left -= advance
        if self.left == 0:
            raise Stop
