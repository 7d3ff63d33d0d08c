"""`dsrna rank`, from the command line to its files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ranking_cases import CELLS, LOST, write_table

from dsrna.cli import main
from dsrna.ranking import score
from dsrna.runtime.run_folder import RunFolder

OPTIONS = ["--truth", "at_digits_pgd_8,std_digits_clean", "--metrics", "jacobian,margin-jacobian", "--steps", "2"]
SMALL = [
    "--data.limit",
    "200",
    "--network.channels",
    "4",
    "--images",
    "10",
    "--training",
    "pgd",
    "--training.steps",
    "1",
]

Ranking = Callable[..., int]


@pytest.fixture
def ranking(tmp_path: Path) -> Ranking:
    table = write_table(tmp_path)

    def command(*more: str) -> int:
        return main(["rank", "digits", "--table", str(table), *OPTIONS, *SMALL, "--out", str(tmp_path / "out"), *more])

    return command


def test_a_ranking_leaves_its_files(ranking: Ranking, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, what was measured is not written, or not shown."""
    listed = tmp_path / "list.txt"
    listed.write_text(f"# three\n{CELLS[0]}\n\n{CELLS[1]}\ndarts-v2\n")
    assert ranking("--architectures", CELLS[2], CELLS[2], "--list", str(listed), "--sample", "4") == 0
    folder = RunFolder(tmp_path / "out")
    plain = json.loads(folder.ranking.read_text())
    assert (plain["wanted"] - plain["scored"], plain["training"], plain["steps"]) == (1, "pgd", 2)
    assert {row["truth"] for row in plain["correlations"]} == {"at_digits_pgd_8", "std_digits_clean"}
    rows = list(csv.DictReader(folder.ranking_table.read_text().splitlines()))
    assert len(rows) == len(plain["correlations"])
    assert float(rows[0]["kendall"]) == pytest.approx(plain["correlations"][0]["estimates"]["kendall"]["value"])
    shown = capsys.readouterr().out
    for word in ("margin-jacobian", "edges: nor_conv_3x3", "gradient norm", "after 2 steps of pgd training"):
        assert word in " ".join(shown.split())


def test_a_stopped_ranking_goes_on(ranking: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a ranking of hours is lost when it is stopped."""
    scored: list[str] = []

    def stopping(*arguments: object) -> object:
        if len(scored) == 2:
            raise KeyboardInterrupt
        found = score(*arguments)  # type: ignore[arg-type]
        scored.append(found.architecture)
        return found

    monkeypatch.setattr("dsrna.stages.scores.score", stopping)
    assert ranking("--sample", "4") == 130
    folder = RunFolder(tmp_path / "out")
    before = folder.rank_scores.read_text()
    assert [json.loads(line)["architecture"] for line in before.splitlines()] == scored
    monkeypatch.setattr("dsrna.stages.scores.score", score)
    assert ranking("--sample", "4") == 0
    assert folder.rank_scores.read_text().startswith(before)
    assert len(folder.rank_scores.read_text().splitlines()) == 4


def test_scores_are_not_mixed(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, architectures scored under different settings are compared."""
    assert ranking("--sample", "3") == 0
    assert ranking("--sample", "3", "--steps", "3") == 2
    assert "holds scores with steps = 2, this ranking asks for 3" in capsys.readouterr().err
    assert ranking("--sample", "3", "--network.channels", "8") == 2
    assert "network.channels = 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([], "no architecture to rank"),
        (["--sample", "9"], "1 to 5 architectures, not 9"),
        (["--sample", "2", "--truth", "at_digits_pgd"], "did you mean 'at_digits_pgd_8'"),
        (["--architectures", "darts-v2"], "none of the 1 architectures has a row"),
        (["--architectures", CELLS[0], "--network.cells", "4"], "multiple of it, not 4"),
        (["--architectures", CELLS[0], "--metrics", "jacobean"], "did you mean 'jacobian'"),
        (["--architectures", CELLS[0].replace("none", "some")], "unknown operation 'some'"),
    ],
)
def test_what_cannot_be_ranked_is_told_in_one_line(
    more: list[str], reason: str, ranking: Ranking, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, a mistake ends in a traceback, or after the first training."""
    assert ranking(*more) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


def test_networks_that_see_nothing_are_ranked_only_when_asked_for(ranking: Ranking, tmp_path: Path) -> None:
    """If this fails, a constant network ends a ranking."""
    assert ranking("--architectures", LOST, *CELLS[:2]) == 0
    plain = json.loads((tmp_path / "out" / "ranking.json").read_text())
    assert plain["scored"] == 3
