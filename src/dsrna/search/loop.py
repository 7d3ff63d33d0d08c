"""The search: a bilevel loop over epochs, checkpointed after each and within long ones, that ends in a genotype."""

from collections.abc import Callable, Sequence

import torch

from dsrna.bounds import traces_kept
from dsrna.data import Augmentation, Images
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.processes import ALONE, Processes
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.stopping import until_saved
from dsrna.search.contradictions import check_bounded
from dsrna.search.history import SearchEpoch, SearchResult
from dsrna.search.searcher import Searcher
from dsrna.search.settings import SearchSettings
from dsrna.search.state import resume, save
from dsrna.search.stopping import concluded, last_sound
from dsrna.spaces import Searchable, Sizes


def search(
    supernet: Searchable,
    train: Images,
    validation: Images,
    settings: SearchSettings,
    *,
    augmentation: Augmentation | None = None,
    goal: str = "standard",
    seed: int = 0,
    sizes: Sizes | None = None,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
    processes: Processes = ALONE,
    label: str = "search",
    noted: Callable[[Sequence[SearchEpoch]], None] = lambda _: None,
) -> SearchResult:
    """Search in place: weights on ``train``, architecture parameters on ``validation``; return the genotype.

    ``goal`` says how the network that is searched for will be trained and judged; a method may take another form by it.
    ``sizes`` count that network; ``search.params`` and ``search.macs`` need them.
    Without them no method holds its size.

    With ``checkpoints`` a search that was stopped goes on after the last one, written after each epoch and within long
    ones, bit for bit on a CPU. A signal to stop is obeyed when the step, or epoch, that it came in is saved.

    Of several ``processes`` each calls this with equal arguments, and takes its part of every batch; checkpoints are
    those of the first. A batch that they cannot share equally is a ``UserError``.

    ``noted`` is told all epochs so far after each one, and at once where a search goes on.

    ``label`` is what the reporter calls this. Of a progressive method it is one stage: see ``search_in_stages``.
    """
    run = Searcher(supernet, train, validation, settings, augmentation, goal, seed, sizes, processes)
    checkpoints = checkpoints or Checkpoints()
    resume(run, checkpoints)
    noted(run.history)
    first = torch.arange(1)
    check_bounded(supernet, validation.read(first), validation.labels[first], run.levels.upper.method)
    stages = reporter or Silent()
    with stages.stage(label, settings.epochs, "epochs", done=len(run.history)) as stage, traces_kept():
        for _ in range(len(run.history), settings.epochs):
            if last_sound(run.history, settings.stopping) is not None:
                break
            with until_saved():
                row = run.epoch(stages, lambda: save(run, checkpoints))
                save(run, checkpoints)
            noted(run.history)
            stage.step(1, loss=row.loss, accuracy=row.validation_accuracy, **_robustness(row))
            if row.collapse is not None and run.history[-2].collapse is None:
                stages.say(f"{label}, epoch {row.epoch}: {row.collapse}")
    result = concluded(run.history, settings.stopping)
    for remark in result.remarks:
        stages.say(f"search: {remark}")
    return result


def _robustness(row: SearchEpoch) -> dict[str, float]:
    return {} if row.robustness is None else {"robustness": row.robustness}
