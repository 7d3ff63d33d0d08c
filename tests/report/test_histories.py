"""How search and training went."""

from dataclasses import replace

from sample_run import TENDENCY, search_row, training_row

from dsrna.report.histories import (
    gradient_curves,
    search_curves,
    share_curves,
    share_looks,
    size_curves,
    stability_curves,
    training_curves,
)
from dsrna.runtime.serialise import from_plain
from dsrna.search import SearchEpoch
from dsrna.training import TrainingEpoch

SEARCH = [from_plain(SearchEpoch, search_row(epoch, epochs=6, warmup=2), where="row") for epoch in range(1, 7)]
TRAINING = [from_plain(TrainingEpoch, training_row(epoch, epochs=4), where="row") for epoch in range(1, 5)]


def test_a_search_without_a_metric_has_no_robustness_panel() -> None:
    """Else a plain DARTS search would show an empty frame, or fail."""
    rows = [replace(row, robustness=None) for row in SEARCH]
    assert "Robustness" in search_curves(SEARCH).svg()
    assert "Robustness" not in search_curves(rows).svg()


def test_the_warm_up_is_marked_where_there_was_one() -> None:
    """Else nobody could see why the shares stand still."""
    assert ">warm-up<" in search_curves(SEARCH).svg()
    assert ">warm-up<" not in search_curves([replace(row, warmup=False) for row in SEARCH]).svg()


def test_later_warm_ups_are_not_counted_into_the_first() -> None:
    """Else a search in stages would look as if it warmed up for twice as long at its beginning."""
    again = [replace(row, warmup=row.warmup or row.epoch == 5) for row in SEARCH]
    assert search_curves(again).svg() == search_curves(SEARCH).svg()


def test_one_epoch_can_be_drawn() -> None:
    """Else the report of the smallest run would fail."""
    assert search_curves(SEARCH[:1]).svg()
    assert share_curves(SEARCH[:1]).svg()
    assert training_curves(TRAINING[:1])[0].svg()


def test_every_operation_is_named_at_its_line() -> None:
    """Else the shares, ``none`` above all, could not be told apart."""
    svg = share_curves(SEARCH).svg()
    assert ">none<" in svg
    assert ">sep conv 3\N{MULTIPLICATION SIGN}3<" in svg


def test_no_two_operations_look_alike() -> None:
    """Else those who cannot see colours apart could not follow a line: marker and dash differ within a colour."""
    looks = share_looks([*TENDENCY, "my_own", "my_other"])
    assert len({(look.colour, look.marker, look.dash) for look in looks.values()}) == len(looks)


def test_robust_accuracy_is_shown_where_it_was_measured() -> None:
    """Else adversarial training would hide what it is for."""
    rows = [replace(row, robust_accuracy=0.5) for row in TRAINING]
    assert ">robust<" in training_curves(rows)[1].svg()
    assert ">robust<" not in training_curves(TRAINING)[1].svg()


def test_gradients_are_drawn_where_there_is_a_metric() -> None:
    """Else nobody sees that the metric outweighs the loss, or an empty frame says that it does not."""
    drawn = gradient_curves(SEARCH)
    assert drawn is not None
    assert "metric, weighted" in drawn.svg()
    assert gradient_curves([replace(row, architecture=None) for row in SEARCH]) is None


def test_expected_sizes_are_drawn_where_they_were_counted() -> None:
    """Else nobody sees that a search is held at its budget, or an older run has an empty frame."""
    drawn = size_curves(SEARCH)
    assert drawn is not None
    for title in ("Expected parameters", "Expected multiply-adds", "Multiplier"):
        assert title in drawn.svg()
    assert size_curves([replace(row, sizes={}) for row in SEARCH]) is None


def test_stability_is_drawn_where_it_was_measured() -> None:
    """Else nobody sees why a search ended early, or an empty frame stands for a measurement."""
    drawn = stability_curves(SEARCH)
    assert drawn is not None
    assert "Dominant eigenvalue" in drawn.svg()
    assert "Discretisation gap" in drawn.svg()
    alone = stability_curves([replace(row, eigenvalue=None) for row in SEARCH])
    assert alone is not None
    assert "Dominant eigenvalue" not in alone.svg()
    assert stability_curves([replace(row, eigenvalue=None, gap=None) for row in SEARCH]) is None


def test_the_word_for_the_warm_up_stands_where_no_line_does() -> None:
    """If this fails, it is overprinted, by a curve that begins low or by one that begins high."""
    for first, foot in ((0.01, False), (0.99, True)):
        rows = [
            replace(row, accuracy=first if row.warmup else 0.5, loss=first if row.warmup else 0.5) for row in SEARCH
        ]
        [word] = [each for each in search_curves(rows).figure().axes[0].texts if each.get_text() == "warm-up"]
        assert (word.get_position()[1] < 0.5) == foot
