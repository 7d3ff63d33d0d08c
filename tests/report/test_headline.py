"""What a run comes to, and what should be known before it is believed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_run import DOUBTED, SMOOTHED, full_run

from dsrna.evaluation import AttackResult, CertifyResult, CertifyRow, Count, WorstRow
from dsrna.report.headline import remarks, subtitle, tiles
from dsrna.report.run import Run, read_run
from dsrna.runtime.serialise import from_plain
from dsrna.spaces import find_architecture
from dsrna.threat import Eps, Norm


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return read_run(full_run(tmp_path))


def test_the_headline_is_the_least_flattering_number(run: Run) -> None:
    """Else the page would open with the easiest attack at the smallest radius."""
    assert "worst of 3 attacks, L\N{INFINITY} eps 16/255" in tiles(run)[1].what


def test_a_failed_check_stands_beside_the_headline_number(run: Run) -> None:
    """Else the largest number on the page would be one that is not real."""
    assert tiles(doubted(run))[1].beside.endswith("360 images, 1 of 3 checks failed")
    assert tiles(run)[1].beside.endswith("360 images")


def test_the_subtitle_says_what_was_run(run: Run) -> None:
    """Else a printed page would not say where its numbers are from."""
    assert subtitle(run) == (
        "recipe digits \N{MIDDLE DOT} goal standard \N{MIDDLE DOT} method dsrna-combined \N{MIDDLE DOT} seed 0 "
        "\N{MIDDLE DOT} begun 2026-11-22"
    )


def test_no_method_is_named_where_nothing_was_searched(run: Run) -> None:
    """Else a given architecture would be credited to a search that was not run."""
    assert "method" not in subtitle(replace(run, search=()))


def test_a_sound_run_needs_no_remark(run: Run) -> None:
    """Else remarks would be noise, and nobody would read them."""
    assert remarks(run) == []


def test_what_is_to_be_known_of_the_images_is_said(run: Run) -> None:
    """Else an accuracy that comes of always saying the same is believed."""
    assert run.model
    said = replace(run, model=replace(run.model, remarks=("the classes are unequal",)))
    assert remarks(said) == ["The classes are unequal."]


def test_what_was_done_for_the_size_is_said(run: Run) -> None:
    """Else the architecture would pass for the one that the search preferred."""
    assert run.found
    assert remarks(replace(run, found=replace(run.found, remarks=("It is the second best.",)))) == [
        "It is the second best."
    ]


def few_images(run: Run) -> Run:
    assert run.attack
    return replace(run, attack=replace(run.attack, clean=Count(40, 50)))


def at_chance(run: Run) -> Run:
    assert run.attack
    return replace(run, attack=replace(run.attack, worst=(WorstRow(Eps(8 / 255), Count(40, 360)),)))


def doubted(run: Run) -> Run:
    return replace(run, attack=from_plain(AttackResult, DOUBTED, where="sample"))


def with_norm(run: Run, **changes: Any) -> Run:
    """The run with its L-inf certificates alone, changed."""
    assert run.certify
    return replace(run, certify=replace(run.certify, norms=(replace(run.certify.norms[0], **changes),)))


def nothing_certified(run: Run) -> Run:
    return with_norm(run, rows=(CertifyRow(Eps(1 / 255), Count(0, 360)),))


def unsound(run: Run) -> Run:
    return with_norm(run, rows=(CertifyRow(Eps(16 / 255), Count(350, 360)),))


def cut_short(run: Run) -> Run:
    return with_norm(run, limited=7)


def one_target(run: Run) -> Run:
    assert run.certify
    return replace(run, certify=replace(run.certify, targets="random"))


def smoothed(run: Run) -> Run:
    return replace(run, certify=from_plain(CertifyResult, SMOOTHED, where="sample"))


def drifting(run: Run) -> Run:
    rows = [replace(run.search[-1], shares={"none": share, "skip_connect": 0.3}) for share in (0.2, 0.4)]
    return replace(run, search=tuple(rows))


def fallen_with_none(run: Run) -> Run:
    last = drifting(run).search[-1]
    return replace(run, search=(*drifting(run).search[:-1], replace(last, collapse="the share of none has risen")))


def less_of_none(run: Run) -> Run:
    return replace(run, search=drifting(run).search[::-1])


def collapsed(run: Run) -> Run:
    return replace(run, search=(replace(run.search[-1], collapse="accuracy has fallen"),))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (few_images, "Only 50 images"),
        (at_chance, "not shown to be better than guessing"),
        (doubted, "The robust accuracy is in doubt, by the check of black box. Random search wins."),
        (nothing_certified, "Nothing could be certified"),
        (unsound, "Trust neither"),
        (cut_short, "7 of the certified radii reached L\N{INFINITY} eps 32/255"),
        (one_target, "this is no lower bound of the robust accuracy"),
        (smoothed, "probabilistic"),
        (smoothed, "not of the network itself"),
        (drifting, "The share of `none` rose from 20.0\N{NARROW NO-BREAK SPACE}% to 40.0"),
        (collapsed, "The search collapsed. In epoch 15, accuracy has fallen"),
    ],
)
def test_what_spoils_a_number_is_said(run: Run, change: Callable[[Run], Run], words: str) -> None:
    """Else the page would show a number without what a careful reader must know about it."""
    assert any(words in remark for remark in remarks(change(run)))


@pytest.mark.parametrize("change", [fallen_with_none, less_of_none])
def test_the_share_of_none_is_told_once_and_only_where_it_rose(run: Run, change: Callable[[Run], Run]) -> None:
    """Else the page says a collapse twice, or speaks of one where there is none."""
    assert not any("share of `none` rose" in remark for remark in remarks(change(run)))


def test_every_norm_has_a_tile(run: Run) -> None:
    """Else a certificate under a second norm would be missing from the top of the page."""
    certified = [tile.what for tile in tiles(run) if tile.what.startswith("certified")]
    assert certified == ["certified, L\N{INFINITY} eps 1/510", "certified, L2 eps 0.1"]


def test_a_probable_certificate_is_never_called_certified_alone(run: Run) -> None:
    """Else the headline would pass a vote over noisy copies off as a proof."""
    what = next(tile.what for tile in tiles(smoothed(run)) if "certified" in tile.what)
    assert what == "certified with 99.9% confidence, smoothed classifier, L2 eps 0.1"


def test_a_smoothed_classifier_is_not_held_against_attacks_on_the_network(run: Run) -> None:
    """Else two classifiers would be compared, and a sound run be called unsound."""
    assert run.attack
    other = smoothed(
        replace(run, attack=replace(run.attack, norm=Norm(2.0), worst=(WorstRow(Eps(0.1), Count(0, 360)),)))
    )
    assert not any("Trust neither" in remark for remark in remarks(other))


def test_a_constant_network_is_told(run: Run) -> None:
    """Else accuracies of chance would look like a training that failed."""
    lost = find_architecture("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")
    assert any("the same of every image" in remark for remark in remarks(replace(run, genotype=lost)))
    assert not any("the same of every image" in remark for remark in remarks(run))
