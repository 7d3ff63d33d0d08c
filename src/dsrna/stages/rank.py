"""The ranking stage: a list of architectures and a table of ground truth to ``ranking.json`` and ``ranking.csv``."""

from collections.abc import Sequence
from typing import Any, Final

from dsrna.data import halves
from dsrna.errors import UserError
from dsrna.ranking import GroundTruth, Judge, Ranked, Ranking, RankSettings, Score, score, summarise
from dsrna.report import ranking_csv
from dsrna.runtime.files import read_json, read_json_lines, write_json, write_json_lines, write_text
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.spaces import SPACES, Architecture
from dsrna.stages.run import Run, stage

SCORING: Final = ("metrics", "steps", "images", "accuracy_images")
"""The settings that a score depends on."""


@stage
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
    _check_same(run.folder, settings)
    known = [each for each in architectures if each.identity() in truth.rows]
    if not known:
        raise UserError(f"none of the {len(architectures)} architectures has a row in {truth.path}")
    rows = _scored(run, known, settings)
    scores = [rows[each.to_text()] for each in known]
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


def _scored(run: Run, architectures: Sequence[Architecture], settings: RankSettings) -> dict[str, Score]:
    path = run.folder.rank_scores
    lines: list[Any] = read_json_lines(path) if path.exists() else []
    rows = {row.architecture: row for row in (from_plain(Score, line, where=str(path)) for line in lines)}
    todo = [each for each in architectures if each.to_text() not in rows]
    if not todo:
        return rows
    ranked, judge = _ranked(run), _judge(run, settings)
    done = len(architectures) - len(todo)
    with run.reporter.stage("rank", total=len(architectures), unit="architectures", done=done) as progress:
        for architecture in todo:
            found = score(architecture, ranked, judge, settings)
            rows[found.architecture] = found
            write_json_lines(path, to_plain(list(rows.values())))
            progress.step(1, seconds=found.seconds)
    return rows


def _ranked(run: Run) -> Ranked:
    recipe = run.recipe
    images, held_out = halves(run.dataset.train, recipe.data.validation, generator(recipe.seed, "rank", "halves"))
    mean, std = run.normalisation
    return Ranked(
        images=images,
        held_out=held_out,
        classes=len(run.dataset.classes),
        mean=mean,
        std=std,
        network=recipe.network,
        training=recipe.training,
        augmentation=recipe.data.augmentation,
        seed=recipe.seed,
        device=run.device,
    )


def _judge(run: Run, settings: RankSettings) -> Judge:
    search = run.recipe.search
    return Judge({name: search.threat(name) for name in settings.metrics}, search.metric)


def _check_same(folder: RunFolder, settings: RankSettings) -> None:
    """Scores of one file were all taken alike."""
    path = folder.rank_settings
    plain = to_plain(settings)
    wanted = {name: plain[name] for name in SCORING}
    before = read_json(path) if path.exists() else wanted
    for name in SCORING:
        if before.get(name) != wanted[name]:
            raise UserError(
                f"{folder.path} holds scores with {name} = {before.get(name)}, this ranking asks for {wanted[name]}; "
                "choose another folder with --out, or remove that one"
            )
    write_json(path, wanted)
