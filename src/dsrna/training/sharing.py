"""Which trainings can be shared by several processes, and by parts of a batch."""

from dsrna.errors import UserError
from dsrna.runtime.processes import Processes
from dsrna.training.settings import TrainingSettings


def check_shared(settings: TrainingSettings, processes: Processes, images: int) -> None:
    """Refuse, by a ``UserError``, what the processes cannot share; ``images``: how many there are to learn from."""
    if processes.size > 1 and settings.method == "certified":
        raise UserError("certified training is done by one process; start dsrna without torchrun")
    if settings.batch_size % processes.size:
        raise UserError(
            f"training.batch_size ({settings.batch_size}) must be a multiple of the number of processes "
            f"({processes.size})"
        )
    each = min(settings.batch_size, images) // processes.size
    if each < settings.accumulate:
        raise UserError(
            f"training.accumulate ({settings.accumulate}) must be at most the number of images that a process has of "
            f"a batch ({each})"
        )
