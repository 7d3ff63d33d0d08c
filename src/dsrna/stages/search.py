"""The search stage: recipe and data to ``search/genotype.json``."""

import json
from functools import partial
from pathlib import Path

import torch

from dsrna.errors import UserError
from dsrna.recipes import Recipe
from dsrna.report import draw_graph
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.files import write_json_lines, write_text
from dsrna.runtime.processes import Processes
from dsrna.runtime.progress import Silent
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.search import METHODS, SearchResult, search
from dsrna.spaces import (
    SPACES,
    Architecture,
    Searchable,
    drawn_within,
    find_architecture,
    load_architecture,
    parameters,
)
from dsrna.stages.run import Run, stage


@stage
def search_stage(run: Run) -> Architecture:
    """Find the genotype, or read it where it was found before; draw its cells.

    Of several processes this is the first; the others ``assist``, and end when there is nothing left to search.
    """
    if run.folder.genotype.exists():
        run.processes.dismiss()
        return load_architecture(run.folder.genotype)
    result = _result(run)
    run.processes.dismiss()
    write_json_lines(run.folder.search_history, to_plain(result.history))
    for graph in result.genotype.graphs():
        write_text(run.folder.cell(graph.kind), draw_graph(graph))
    result.genotype.save(run.folder.genotype)
    return result.genotype


def found_architecture(run: Run) -> Architecture:
    """Return what the search of a run found; where it has not ended, ``UserError``."""
    if not run.folder.genotype.exists():
        raise UserError(f"{run.folder.path} has no genotype yet; run `dsrna search {run.folder.path}` first")
    return load_architecture(run.folder.genotype)


def _result(run: Run) -> SearchResult:
    recipe = run.recipe
    if recipe.architecture is not None:
        return SearchResult(find_architecture(recipe.architecture), ())
    if not METHODS[recipe.search.method].searches:
        return SearchResult(_drawn(run), ())
    supernet = make_supernet(run)
    run.processes.told(json.dumps(to_plain(recipe)).encode())
    return _searched(run, supernet, Checkpoints(run.folder.search_checkpoints))


def assist(processes: Processes) -> None:
    """Take part in what the first process searches, if it comes to that; write nothing, and say nothing."""
    told = processes.told(b"")
    if told:
        recipe = from_plain(Recipe, json.loads(told), where="the first process's recipe")
        _assist(Run(recipe, RunFolder(Path()), Silent(), recipe))


@stage
def _assist(run: Run) -> None:
    _searched(run, make_supernet(run), Checkpoints())


def _searched(run: Run, supernet: Searchable, checkpoints: Checkpoints) -> SearchResult:
    recipe = run.recipe
    training, validation = run.search_halves
    return search(
        supernet,
        training,
        validation,
        recipe.search,
        augmentation=recipe.data.augmentation,
        goal=recipe.goal,
        seed=recipe.seed,
        checkpoints=checkpoints,
        reporter=run.reporter,
        processes=run.processes,
    )


def _drawn(run: Run) -> Architecture:
    """Draw a genotype: uniformly, or with the operations of another; of the wanted size."""
    settings, space = run.recipe.search, SPACES[run.recipe.space.name]
    source = generator(run.recipe.seed, "random genotype")
    like = None if settings.like is None else find_architecture(settings.like)
    if like is not None and like.space != run.recipe.space.name:
        raise UserError(f"search.like is an architecture of {like.space}, the space is {run.recipe.space.name}")

    def draw() -> Architecture:
        return space.draw(run.recipe.space, source) if like is None else space.shuffle(like, source)

    if settings.params is None:
        return draw()
    drawn: Architecture = drawn_within(draw, partial(_parameters, run), *settings.params)
    return drawn


def _parameters(run: Run, genotype: Architecture) -> int:
    """Count those of the final network, without making them."""
    classes, channels = len(run.dataset.classes), run.dataset.train.shape[0]
    with torch.device("meta"):
        return parameters(genotype.build(classes=classes, in_channels=channels, **to_plain(run.recipe.network)))


def make_supernet(run: Run) -> Searchable:
    """Build the supernet of a run with its first weights."""
    mean, std = run.normalisation
    with initialising(run.recipe.seed, "supernet"):
        supernet = SPACES[run.recipe.space.name].supernet(
            run.recipe.space,
            classes=len(run.dataset.classes),
            in_channels=run.dataset.train.shape[0],
            mean=mean,
            std=std,
            generator=generator(run.recipe.seed, "architecture parameters"),
        )
    return supernet.to(run.device)
