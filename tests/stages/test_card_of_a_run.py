"""The card beside the weights, from stage to stage."""

from dataclasses import replace
from pathlib import Path

from tiny import tiny_recipe

from dsrna.runtime.run_folder import RunFolder
from dsrna.stages import attack_stage, begin, certify_stage, resume, search_stage, train_stage


def test_every_stage_has_its_part_in_the_card(tmp_path: Path) -> None:
    """If this fails, weights lie about without a word on what they are, or are passed on with an old card."""
    tiny = tiny_recipe()
    recipe = replace(
        tiny,
        data=replace(tiny.data, limit=100),
        architecture="racl",
        network=replace(tiny.network, channels=2),
        training=replace(tiny.training, epochs=1),
        attack=replace(tiny.attack, images=20, sanity=0),
        certify=replace(tiny.certify, images=4),
    )
    run, card = begin(recipe, tmp_path), RunFolder(tmp_path).card
    search_stage(run)
    train_stage(run)
    assert "Not evaluated yet" in card.read_text()
    attack_stage(run)
    attacked = card.read_text()
    assert "under the worst of 2 attacks" in attacked
    assert "certified" not in attacked.split("---")[1]
    certify_stage(run)
    assert "certified" in card.read_text().split("---")[1]


def test_a_card_that_is_not_up_to_date_is_mended(tmp_path: Path) -> None:
    """If this fails, a run that was stopped before its last write keeps an old card for ever."""
    test_every_stage_has_its_part_in_the_card(tmp_path)
    card = RunFolder(tmp_path).card
    whole = card.read_text()
    for stage in (attack_stage, certify_stage):
        card.write_text("old")
        stage(resume(tmp_path))
        assert card.read_text() == whole
    card.unlink()
    train_stage(resume(tmp_path))
    assert card.read_text() == whole
