"""The search stage: recipe and data to ``search/genotype.json``."""

from dsrna.errors import UserError
from dsrna.report import draw_graph
from dsrna.runtime.checkpoint import Checkpoints
from dsrna.runtime.files import write_json_lines, write_text
from dsrna.runtime.seeds import generator, initialising
from dsrna.runtime.serialise import to_plain
from dsrna.search import METHODS, SearchResult, search
from dsrna.spaces import SPACES, Architecture, Searchable, find_architecture, load_architecture
from dsrna.stages.run import Run, stage


@stage
def search_stage(run: Run) -> Architecture:
    """Find the genotype, or read it where it was found before; draw its cells."""
    if run.folder.genotype.exists():
        return load_architecture(run.folder.genotype)
    result = _result(run)
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
        draw = SPACES[recipe.space.name].draw
        return SearchResult(draw(recipe.space, generator(recipe.seed, "random genotype")), ())
    training, validation = run.search_halves
    return search(
        make_supernet(run),
        training,
        validation,
        recipe.search,
        augmentation=recipe.data.augmentation,
        seed=recipe.seed,
        checkpoints=Checkpoints(run.folder.search_checkpoints),
        reporter=run.reporter,
    )


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
