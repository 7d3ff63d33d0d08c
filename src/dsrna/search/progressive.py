"""P-DARTS: the search in stages, each on a deeper supernet with fewer candidates (Chen et al. 2019)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from dsrna.data import Images
from dsrna.errors import UserError
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.progress import Reporter, Silent
from dsrna.runtime.seeds import derive
from dsrna.search.contradictions import check_used
from dsrna.search.history import SearchEpoch, SearchResult
from dsrna.search.loop import search
from dsrna.search.settings import SearchSettings
from dsrna.search.thinning import Dropped, all_but, with_few_skips
from dsrna.spaces import Searchable, SpaceSettings

FEWEST_CELLS: Final = 3
"""One normal cell before the two that reduce."""


@dataclass(frozen=True)
class Stage:
    """One stage: the cells of its supernet, the candidates kept after it (None: the last), its dropout, its epochs."""

    cells: int
    kept: int | None
    dropout: float
    epochs: int
    warmup_epochs: int


def planned(settings: SearchSettings, space: SpaceSettings) -> list[Stage]:
    """Return the stages; a space or a recipe that has not room for them is a ``UserError``.

    Epochs and their share of warm-up are split evenly; the last stages get what is left over.
    """
    given, epochs = settings.progressive, settings.epochs
    _check_room(settings, space)
    count = len(given.depths)
    lengths = [epochs * (index + 1) // count - epochs * index // count for index in range(count)]
    return [
        Stage(
            max(FEWEST_CELLS, round(depth * space.cells)), kept, rate, length, settings.warmup_epochs * length // epochs
        )
        for depth, kept, rate, length in zip(given.depths, (*given.kept, None), given.dropout, lengths, strict=True)
    ]


def _check_room(settings: SearchSettings, space: SpaceSettings) -> None:
    given, operations = settings.progressive, len(space.operations)
    if space.name != "darts":
        raise UserError(
            f"{settings.method} drops candidates of the cells of the space darts only; "
            "choose --space.name darts or another method"
        )
    if space.cells < FEWEST_CELLS:
        raise UserError(
            f"{settings.method} needs space.cells of at least {FEWEST_CELLS}, a normal cell and two that reduce, "
            f"not {space.cells}"
        )
    if settings.epochs < len(given.depths):
        raise UserError(f"search.epochs ({settings.epochs}) is less than the stages of search.progressive.depths")
    if given.kept and given.kept[0] >= operations:
        raise UserError(
            f"search.progressive.kept {given.kept} must be less than the number of space.operations, {operations}"
        )


def search_in_stages(
    stages: Sequence[Stage],
    supernets: Sequence[Searchable],
    train: Images,
    validation: Images,
    settings: SearchSettings,
    *,
    goal: str = "standard",
    seed: int = 0,
    checkpoints: Checkpoints | None = None,
    reporter: Reporter | None = None,
    noted: Callable[[Sequence[SearchEpoch]], None] = lambda _: None,
    **options: Any,
) -> SearchResult:
    """Search in place on one supernet a stage, each new; return the genotype that the last one ends in.

    ``options`` are those of ``search``, which every stage is. The epochs of the history are numbered on from stage to
    stage. Each stage has checkpoints of its own, so that a search goes on after its last whole epoch.
    """
    check_used(settings, goal)
    history, dropped, checkpoints = list[SearchEpoch](), Dropped(), checkpoints or Checkpoints()
    for number, (stage, supernet) in enumerate(zip(stages, supernets, strict=True), start=1):
        supernet.dropped, supernet.skip_dropout = dropped, stage.dropout
        found = search(
            supernet,
            train,
            validation,
            replace(settings, epochs=stage.epochs, warmup_epochs=stage.warmup_epochs),
            goal=goal,
            seed=derive(seed, "search stage", number),
            checkpoints=checkpoints.part(f"stage-{number}"),
            reporter=reporter,
            label=f"search, stage {number} of {len(stages)}",
            noted=partial(_noted_on, tuple(history), settings, noted),
            **options,
        )
        history += _numbered_on(found.history, len(history), settings)
        if stage.kept is not None:
            dropped = all_but(stage.kept, supernet.mixtures())
    return _concluded(supernets[-1], history, settings.progressive.skips, reporter or Silent())


def _noted_on(
    before: Sequence[SearchEpoch],
    settings: SearchSettings,
    noted: Callable[[Sequence[SearchEpoch]], None],
    rows: Sequence[SearchEpoch],
) -> None:
    noted([*before, *_numbered_on(rows, len(before), settings)])


def _numbered_on(rows: Sequence[SearchEpoch], before: int, settings: SearchSettings) -> list[SearchEpoch]:
    return [replace(row, epoch=before + row.epoch, epochs=settings.epochs) for row in rows]


def _concluded(supernet: Searchable, history: list[SearchEpoch], most: int, reporter: Reporter) -> SearchResult:
    """Hold the skip-connections to ``most``, and say so where there were more."""
    strongest, found = supernet.genotype(), with_few_skips(supernet, most)
    if found == strongest:
        return SearchResult(found, tuple(history))
    remark = (
        f"The strongest normal cell has more than {most} skip-connections; the weakest were taken out. "
        f"The strongest: {strongest.to_text()}"
    )
    reporter.say(f"search: {remark}")
    last = replace(history[-1], genotype=found.to_text(), strongest=strongest.to_text())
    return SearchResult(found, (*history[:-1], last), (remark,))
