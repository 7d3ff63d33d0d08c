"""A ranking as tables."""

import csv
from io import StringIO
from typing import Literal

from rich.console import Console

from dsrna.ranking import Correlation, Estimate, Ranking
from dsrna.report import ranking_csv, ranking_tables

NAMES = [
    f"{name}{given}" for name in ("kendall", "spearman") for given in ("", " given clean accuracy", " given parameters")
]
NONE = Estimate(None, None, None)


def row(truth: str, predictor: str, estimate: Estimate, architectures: int = 9) -> Correlation:
    estimates = dict.fromkeys(NAMES, estimate) | {"kendall given parameters": NONE}
    kind: Literal["metric", "control"] = "metric" if predictor == "jacobian" else "control"
    return Correlation(truth, predictor, kind, architectures, estimates)


RANKING = Ranking(
    training="pgd",
    steps=0,
    scored=9,
    wanted=11,
    images=64,
    resamples=100,
    level=0.9,
    correlations=(
        row("clean", "jacobian", Estimate(-0.5, -1.0, 0.25), 8),
        row("clean", "parameters", Estimate(0.0625, 0.0, 1.0)),
        row("robust", "jacobian", NONE),
    ),
)


def test_the_tables_fit_a_terminal_and_say_it_all() -> None:
    """If this fails, numbers are cut off, or a reader takes one column's for another's."""
    out = StringIO()
    for table in ranking_tables(RANKING):
        Console(file=out, width=80).print(table)
    text = out.getvalue().replace("\N{MINUS SIGN}", "-")
    assert "9 of 11 architectures, at initialisation, 90% intervals" in " ".join(text.split())
    assert "jacobian (n = 8)" in text
    assert "[-1.00,+.25]" in text
    assert "+.06" in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert text.index("metrics") < text.index("controls") < text.index("robust")


def test_the_csv_holds_every_estimate() -> None:
    """If this fails, a spreadsheet shows less than the JSON, or zero for what is not there."""
    rows = list(csv.DictReader(StringIO(ranking_csv(RANKING))))
    assert [each["predictor"] for each in rows] == ["jacobian", "parameters", "jacobian"]
    assert float(rows[0]["spearman given clean accuracy low"]) == -1.0
    assert rows[0]["kendall given parameters"] == ""
