"""What runs have cost."""

from pathlib import Path

import pytest
from comparison_cases import Pretending, grid, pretend, tiny

from dsrna.comparison import as_csv, as_markdown, compare
from dsrna.comparison.costs import STAGES, seconds
from dsrna.comparison.places import Local
from dsrna.comparison.sheets import cost_sheet
from dsrna.comparison.worker import Job
from dsrna.errors import UserError
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_json_lines
from dsrna.runtime.run_folder import RunFolder


def ran(folder: Path) -> RunFolder:
    job = Job("cell", tiny(), ComparisonFolder(folder), 1)
    pretend(job, 100)
    return job.folder.cell(job.name)


def test_seconds_are_those_that_the_run_has_recorded(tmp_path: Path) -> None:
    """If this fails, a search is shown without its price, or with that of one epoch."""
    run = ran(tmp_path)
    assert seconds(run) == {"training": 5.0, "attack": 1.0, "certify": 1.0}
    write_json_lines(run.search_history, [])
    assert "search" not in seconds(run), "a draw leaves a history without an epoch"
    write_json_lines(run.search_history, [{"seconds": 4.0}, {"seconds": 0.5}])
    assert seconds(run) == {"search": 4.5, "training": 5.0, "attack": 1.0, "certify": 1.0}


def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    """If this fails, a broken file ends a comparison in a traceback."""
    run = ran(tmp_path)
    write_json_lines(run.search_history, [{"loss": 4.0}])
    with pytest.raises(UserError, match=r"history\.jsonl: an epoch has no seconds"):
        seconds(run)


def test_costs_are_shown_and_never_compared(tmp_path: Path) -> None:
    """If this fails, costs are looked for by hand, or whoever ran on the faster machine wins."""
    found = compare(grid(), tmp_path, place=Local(worker=Pretending()))
    sheet = cost_sheet("standard", found.rows)
    assert sheet.heads == ("contender", *STAGES)
    assert sheet.rows[0] == ("darts", "", "5.0", "1.0", "1.0")
    assert "| darts |  | 5.0 | 1.0 | 1.0 |" in as_markdown(found)
    assert as_csv(found).splitlines()[0].endswith("search seconds,training seconds,attack seconds,certify seconds")
    measured = {each.measure for each in found.summaries} | {each.measure for each in found.differences}
    assert not any("seconds" in measure or measure in STAGES for measure in measured)
