"""A search as a checkpoint, and back."""

import json
from typing import Any

from dsrna.errors import UserError
from dsrna.runtime.begun import check_numbered
from dsrna.runtime.checkpoint import Checkpoint, Checkpoints, known_to_all, with_prefix, without_prefix
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search.history import ArchitectureStep, SearchEpoch
from dsrna.search.searcher import Searcher
from dsrna.search.underway import UnderWay


def save(searcher: Searcher, checkpoints: Checkpoints) -> None:
    """Write what the next epoch, or the rest of this one, depends on."""
    under_way, upper = searcher.under_way, searcher.levels.upper
    tensors = {
        **searcher.levels.tensors(),
        **with_prefix("epoch", {} if under_way is None else under_way.tensors()),
    }
    state = {
        "history": to_plain(searcher.history),
        "setbacks": upper.setbacks,
        "under_way": None if under_way is None else under_way.plain(),
        "steps": [] if under_way is None else to_plain(upper.steps),
        "identity": _identity(searcher),
    }
    # An epoch that has begun again must not be taken for less far than it was before.
    epochs = len(searcher.history) + upper.setbacks
    batches = 0 if under_way is None else under_way.batches
    checkpoints.save(epochs * searcher.passes.count + batches, tensors, state)


def resume(searcher: Searcher, checkpoints: Checkpoints) -> None:
    """Put the latest checkpoint back, if there is one; that of another search raises ``UserError``.

    Of several processes all take the first one's.
    """
    checkpoint = known_to_all(checkpoints.latest(), searcher.processes)
    if checkpoint is None:
        return
    expected, folder = _identity(searcher), checkpoints.folder
    if checkpoint.state.get("identity", expected) != expected:
        raise UserError(f"{folder} holds a search with other settings; give another folder or remove it")
    try:
        searcher.levels.restore(checkpoint.tensors)
        history = from_plain(tuple[SearchEpoch, ...], checkpoint.state["history"], where="history")
        check_numbered([row.epoch for row in history], searcher.settings.epochs)
        setbacks = from_plain(int, checkpoint.state.get("setbacks", 0), where="setbacks")
        _resume_epoch(searcher, checkpoint)
    except UserError as error:
        raise UserError(f"{folder} holds a checkpoint that no search has written ({error}); remove it") from error
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise UserError(f"{folder} holds the search of another supernet, or version; remove it") from error
    searcher.levels.upper.setbacks = setbacks
    searcher.history = list(history)


def _resume_epoch(searcher: Searcher, checkpoint: Checkpoint) -> None:
    """Take up an epoch that was begun. Older checkpoints know of none."""
    under_way = checkpoint.state.get("under_way")
    if under_way is not None:
        tensors = without_prefix("epoch", checkpoint.tensors)
        searcher.under_way = UnderWay.of(tensors, under_way, first=searcher.processes.rank == 0)
        steps = from_plain(tuple[ArchitectureStep, ...], checkpoint.state["steps"], where="steps")
        searcher.levels.upper.steps = list(steps)


def _identity(searcher: Searcher) -> dict[str, Any]:
    """What a search is, beside its supernet. Older checkpoints do not say; the recipe of their run does."""
    augmentation = None if searcher.augmentation is None else to_plain(searcher.augmentation)
    settings = to_plain(searcher.settings)
    del settings["checkpoint_minutes"]  # how often it is saved changes nothing of what it finds
    identity = {"settings": settings, "augmentation": augmentation, "goal": searcher.goal, "seed": searcher.seed}
    return json.loads(json.dumps(identity))  # type: ignore[no-any-return]  # as it is read
