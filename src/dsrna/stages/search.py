"""The search stage: recipe and data to ``search/genotype.json``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from dsrna.errors import UserError
from dsrna.report import draw_graph
from dsrna.report.figures import searched
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.files import write_json, write_text
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.search import METHODS, Found, SearchEpoch, SearchResult, check_reachable, planned, search, search_in_stages
from dsrna.spaces import (
    SPACES,
    Architecture,
    Searchable,
    SpaceSettings,
    drawn_within,
    find_architecture,
    load_architecture,
)
from dsrna.stages.candidates import best
from dsrna.stages.following import Following, following
from dsrna.stages.run import Run, learning_stage, writing
from dsrna.stages.sizes import network_sizes, space_sizes
from dsrna.stages.work import Work


@writing
@learning_stage
def search_stage(run: Run) -> Architecture:
    """Find the genotype, or read it where it was found before; draw its cells.

    Of several processes this is the first; the others ``assist``.
    """
    if run.folder.genotype.exists():
        return load_architecture(run.folder.genotype)
    with following(run, "search", run.folder.search_history) as follower:
        result = _result(run, follower)
        follower.note(result.history)
        follower.show([each.picture for each in searched(result.history)])
    write_json(run.folder.found, to_plain(_described(run, result)))
    for graph in result.genotype.graphs():
        write_text(run.folder.cell(graph.kind), draw_graph(graph))
    result.genotype.save(run.folder.genotype)
    return result.genotype


def found_architecture(run: Run) -> Architecture:
    """Return what the search of a run found; where it has not ended, ``UserError``."""
    if not run.folder.genotype.exists():
        raise UserError(f"{run.folder.path} has no genotype yet; run `dsrna search {run.folder.path}` first")
    return load_architecture(run.folder.genotype)


def _result(run: Run, follower: Following) -> SearchResult:
    recipe = run.recipe
    if recipe.architecture is not None:
        return SearchResult(find_architecture(recipe.architecture), ())
    if not METHODS[recipe.search.method].searches:
        return SearchResult(_drawn(run), ())
    supernets = make_supernets(run)
    with run.processes.assigned(Work(to_plain(recipe), None).told()):
        return _searched(
            run, supernets, Checkpoints(run.folder.search_checkpoints, say=run.reporter.say), follower.note
        )


@learning_stage
def assist_search(run: Run) -> None:
    """Take part in what the first process searches; write nothing."""
    _searched(run, make_supernets(run), Checkpoints())


def _searched(
    run: Run,
    supernets: list[Searchable],
    checkpoints: Checkpoints,
    noted: Callable[[Sequence[SearchEpoch]], None] = lambda _: None,
) -> SearchResult:
    recipe = run.recipe
    training, validation = run.search_halves
    searching = partial(search, supernets[0])
    if METHODS[recipe.search.method].progressive:
        searching = partial(search_in_stages, planned(recipe.search, recipe.space), supernets)
    return searching(
        training,
        validation,
        recipe.search,
        augmentation=recipe.data.augmentation,
        goal=recipe.goal,
        seed=recipe.seed,
        sizes=space_sizes(run),
        checkpoints=checkpoints,
        reporter=run.reporter,
        noted=noted,
        processes=run.processes,
    )


def _drawn(run: Run) -> Architecture:
    """Draw a genotype: uniformly, or with the operations of another; of the wanted size; the best of some."""
    settings, space = run.recipe.search, SPACES[run.recipe.space.name]
    source = generator(run.recipe.seed, "random genotype")
    like = None if settings.like is None else find_architecture(settings.like)
    if like is not None and like.space != run.recipe.space.name:
        raise UserError(f"search.like is an architecture of {like.space}, the space is {run.recipe.space.name}")

    def draw() -> Architecture:
        return space.draw(run.recipe.space, source) if like is None else space.shuffle(like, source)

    if settings.bands:
        check_reachable(space_sizes(run), settings.bands)

    def fitting() -> Architecture:
        drawn: Architecture = drawn_within(draw, partial(network_sizes, run), settings.bands)
        return drawn

    ranked = METHODS[settings.method].metrics
    return best(run, [fitting() for _ in range(settings.candidates.count)]) if ranked else fitting()


def _described(run: Run, result: SearchResult) -> Found:
    sizes = network_sizes(run, result.genotype)
    return Found(parameters=sizes["parameters"], multiply_adds=sizes["multiply-adds"], remarks=result.remarks)


def make_supernets(run: Run) -> list[Searchable]:
    """Build the supernets of a run with their first weights: one, or one for each stage of a progressive method."""
    recipe = run.recipe
    if not METHODS[recipe.search.method].progressive:
        return [_supernet(run, recipe.space)]
    stages = planned(recipe.search, recipe.space)
    return [
        _supernet(run, replace(recipe.space, cells=stage.cells), "stage", number)
        for number, stage in enumerate(stages, start=1)
    ]


def _supernet(run: Run, space: SpaceSettings, *purpose: object) -> Searchable:
    mean, std = run.normalisation
    with initialising(run.recipe.seed, "supernet", *purpose):
        supernet = SPACES[space.name].supernet(
            space,
            classes=len(run.dataset.classes),
            in_channels=run.dataset.train.shape[0],
            mean=mean,
            std=std,
            generator=generator(run.recipe.seed, "architecture parameters", *purpose),
        )
    return supernet.to(run.device)
