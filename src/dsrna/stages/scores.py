"""The scores of architectures in a run folder: taken once, one line of a file each."""

from collections.abc import Sequence
from typing import Any, Final

from dsrna.data import halves
from dsrna.errors import UserError
from dsrna.ranking import Judge, Ranked, RankSettings, Score, score
from dsrna.runtime.files import read_json, read_json_lines, write_json, write_json_lines
from dsrna.runtime.run_folder import RunFolder
from dsrna.runtime.seeds import generator
from dsrna.runtime.serialise import from_plain, to_plain
from dsrna.spaces import Architecture
from dsrna.stages.run import Run

SCORING: Final = ("metrics", "steps", "images", "accuracy_images")
"""The settings that a score depends on."""


def scored(run: Run, architectures: Sequence[Architecture], settings: RankSettings) -> list[Score]:
    """Score the architectures that were not scored before, one line of a file each; return all their scores.

    A run that was stopped goes on after its last architecture; a folder with scores under other settings is a
    ``UserError``.
    """
    _check_same(run.folder, settings)
    path = run.folder.rank_scores
    lines: list[Any] = read_json_lines(path) if path.exists() else []
    rows = {row.architecture: row for row in (from_plain(Score, line, where=str(path)) for line in lines)}
    todo = [each for each in architectures if each.to_text() not in rows]
    if todo:
        _score(run, todo, settings, rows)
    return [rows[each.to_text()] for each in architectures]


def _score(run: Run, todo: Sequence[Architecture], settings: RankSettings, rows: dict[str, Score]) -> None:
    ranked, judge = _ranked(run), _judge(run, settings)
    done = len(rows)
    with run.reporter.stage("rank", total=done + len(todo), unit="architectures", done=done) as progress:
        for architecture in todo:
            found = score(architecture, ranked, judge, settings)
            rows[found.architecture] = found
            write_json_lines(run.folder.rank_scores, to_plain(list(rows.values())))
            progress.step(1, seconds=found.seconds)


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
