"""The ranking stage: a list of architectures and a table of ground truth to ``ranking.json`` and ``ranking.csv``."""

from collections.abc import Sequence

from dsrna.errors import UserError
from dsrna.ranking import GroundTruth, Ranking, RankSettings, summarise
from dsrna.report import ranking_csv
from dsrna.runtime.files import write_json, write_text
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import to_plain
from dsrna.spaces import SPACES, Architecture
from dsrna.stages.run import Run, learning_stage, writing
from dsrna.stages.scores import scored


@writing
@learning_stage
def rank_stage(
    run: Run,
    architectures: Sequence[Architecture],
    truth: GroundTruth,
    columns: Sequence[str],
    settings: RankSettings,
) -> Ranking:
    """Score the architectures that were not scored before, one line of a file each, then correlate.

    A ranking that was stopped goes on after its last architecture. A folder with scores under other settings, a column
    that the table has not, and a network that does not fit are a ``UserError``.
    """
    for column in columns:
        truth.check(column)
    for architecture in architectures:
        SPACES[architecture.space].check_network(run.recipe.network)
    known = [each for each in architectures if each.identity() in truth.rows]
    if not known:
        raise UserError(f"none of the {len(architectures)} architectures has a row in {truth.path}")
    scores = scored(run, known, settings)
    ranking = Ranking(
        training=run.recipe.training.method,
        steps=settings.steps,
        scored=len(scores),
        wanted=len(architectures),
        images=settings.images,
        resamples=settings.resamples,
        level=settings.level,
        correlations=summarise(
            scores,
            {column: [truth.value(each, column) for each in known] for column in columns},
            settings,
            generator(run.recipe.seed, "rank", "resamples"),
        ),
    )
    write_json(run.folder.ranking, to_plain(ranking))
    write_text(run.folder.ranking_table, ranking_csv(ranking))
    return ranking
