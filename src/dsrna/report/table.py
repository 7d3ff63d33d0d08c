"""The results of a run as lines of a table, for the terminal and for the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.table import Table
from rich.text import Text

from dsrna.evaluation import Count
from dsrna.report import wording
from dsrna.report.run import Run, read_run
from dsrna.runtime.run_folder import RunFolder


@dataclass(frozen=True)
class Result:
    """One line: a number, the 95 % Wilson interval where it is a share, and of how many images."""

    group: str
    what: str
    value: str
    interval: str = ""
    images: str = ""


def summary(folder: RunFolder) -> Table:
    """Return the results of a run as a table for the terminal; a partial run gives a shorter one."""
    table = Table("", "", "95% interval", "images", title=Text(folder.path.name), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for _, lines in groupby(results(read_run(folder)), key=lambda line: line.group):
        for line in lines:
            table.add_row(Text(line.what), line.value, line.interval, line.images)
        table.add_section()
    return table


def results(run: Run) -> list[Result]:
    """Return every result that the run has so far."""
    return [*_accuracies(run), *_certificates(run), *_size(run), *_times(run)]


def _accuracies(run: Run) -> Iterator[Result]:
    """The clean accuracy, by whichever evaluation there is, and that under each attack."""
    evaluated = run.attack or run.certify
    if evaluated:
        yield _share("accuracy", "clean accuracy", evaluated.clean)
    if run.attack:
        norm = run.attack.norm
        for row in run.attack.rows:
            yield _share("accuracy", f"under {row.attack}, {wording.ball(norm, row.eps)}", row.count)
        for worst in run.attack.worst if len({row.attack for row in run.attack.rows}) > 1 else ():
            yield _share("accuracy", f"under the worst of all, {wording.ball(norm, worst.eps)}", worst.count)


def _certificates(run: Run) -> Iterator[Result]:
    if run.certify:
        norm = run.certify.norm
        for row in run.certify.rows:
            yield _share("certificate", f"certified, {wording.ball(norm, row.eps)} ({run.certify.method})", row.count)
        images = str(run.certify.clean.total)
        for what, radius in (("mean", run.certify.mean_radius), ("median", run.certify.median_radius)):
            name = f"{what} certified radius, {wording.norm_name(norm)}"
            yield Result("certificate", name, wording.radius(norm, radius), images=images)


def _size(run: Run) -> Iterator[Result]:
    if run.model:
        yield Result("size", "parameters", f"{run.model.parameters:,}")
        yield Result("size", "multiply-adds an image", f"{run.model.multiply_adds:,}")


def _times(run: Run) -> Iterator[Result]:
    seconds = {
        "search": sum(row.seconds for row in run.search),
        "training": sum(row.seconds for row in run.training),
        "attack": run.attack.seconds if run.attack else 0,
        "certify": run.certify.seconds if run.certify else 0,
    }
    for stage, spent in seconds.items():
        if spent:
            yield Result("wall time", f"wall time, {stage}", wording.duration(spent))


def _share(group: str, what: str, count: Count) -> Result:
    interval = wording.percent_range(count.interval())
    return Result(group, what, wording.percent(count.share), interval, f"{count.total:,}")
