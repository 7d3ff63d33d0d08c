"""The search stage: recipe and data to ``search/genotype.json``."""

from functools import partial

import torch

from dsrna.report import draw_cell
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.files import write_json_lines, write_text
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.search import METHODS, SearchResult, search
from dsrna.spaces import (
    SPACES,
    Genotype,
    Supernet,
    drawn_within,
    find_architecture,
    parameters,
    random_genotype,
    shuffled_genotype,
)
from dsrna.stages.run import Run, stage


@stage
def search_stage(run: Run) -> Genotype:
    """Find the genotype, or read it where it was found before; draw its cells."""
    if run.folder.genotype.exists():
        return Genotype.load(run.folder.genotype)
    result = _result(run)
    write_json_lines(run.folder.search_history, to_plain(result.history))
    plain = result.genotype.to_dict()
    write_text(run.folder.normal_cell, draw_cell(plain, "normal"))
    write_text(run.folder.reduce_cell, draw_cell(plain, "reduce"))
    result.genotype.save(run.folder.genotype)
    return result.genotype


def _result(run: Run) -> SearchResult:
    recipe = run.recipe
    if recipe.architecture is not None:
        return SearchResult(find_architecture(recipe.architecture), ())
    if not METHODS[recipe.search.method].searches:
        return SearchResult(_drawn(run), ())
    training, validation = run.search_halves
    return search(
        make_supernet(run),
        training,
        validation,
        recipe.search,
        augmentation=recipe.data.augmentation,
        goal=recipe.goal,
        seed=recipe.seed,
        checkpoints=Checkpoints(run.folder.search_checkpoints),
        reporter=run.reporter,
    )


def _drawn(run: Run) -> Genotype:
    """Draw a genotype: uniformly, or with the operations of another; of the wanted size."""
    settings, space = run.recipe.search, run.recipe.space
    source = generator(run.recipe.seed, "random genotype")
    like = None if settings.like is None else find_architecture(settings.like)

    def draw() -> Genotype:
        return random_genotype(space, source) if like is None else shuffled_genotype(like, source)

    if settings.params is None:
        return draw()
    return drawn_within(draw, partial(_parameters, run), *settings.params)


def _parameters(run: Run, genotype: Genotype) -> int:
    """Count those of the final network, without making them."""
    classes, channels = len(run.dataset.classes), run.dataset.train.shape[0]
    with torch.device("meta"):
        return parameters(genotype.build(classes=classes, in_channels=channels, **to_plain(run.recipe.network)))


def make_supernet(run: Run) -> Supernet:
    """Build the supernet of a run with its first weights."""
    mean, std = run.normalisation
    with initialising(run.recipe.seed, "supernet"):
        supernet = SPACES[run.recipe.space.name](
            run.recipe.space,
            classes=len(run.dataset.classes),
            in_channels=run.dataset.train.shape[0],
            mean=mean,
            std=std,
            generator=generator(run.recipe.seed, "architecture parameters"),
        )
    return supernet.to(run.device)
