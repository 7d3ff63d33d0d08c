"""The results of a run as lines of a table, for the terminal and for the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rich.table import Table
from rich.text import Text

from dsrna.evaluation import AttackResult, Certificates, CertifyResult, Count
from dsrna.report import certificates, checks, published, wording
from dsrna.report.run import Run, read_run
from dsrna.runtime.run_folder import RunFolder

STAGES: Final = ("search", "training", "attack", "certify")


@dataclass(frozen=True)
class Result:
    """One line: a number; where it is a share of images, its 95 % Wilson interval and how many images.

    Lines are sorted by ``key``, the number itself, and by ``low``, where the interval begins; "" where there is none.
    """

    what: str
    value: str
    interval: str = ""
    images: str = ""
    key: float | int | str = ""
    low: float | int | str = ""


@dataclass(frozen=True)
class Group:
    """Lines that belong together, under a title that says what they share."""

    title: str
    results: tuple[Result, ...]


def summary(folder: RunFolder) -> Table:
    """Return the results of a run as a table for the terminal; a partial run gives a shorter one."""
    run = read_run(folder)
    table = Table("", "", "95% interval", "images", title=Text(run.name), title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    table.caption, table.caption_justify = Text("\n".join(f"! {line}" for line in checks.doubts(run.attack))), "left"
    for group in groups(run):
        table.add_row(Text(group.title, style="bold"))
        for line in group.results:
            table.add_row(Text(f"  {line.what}"), line.value, line.interval, line.images)
        table.add_section()
    return table


def groups(run: Run) -> list[Group]:
    """Return every result that the run has so far."""
    titled = {
        _title(run.attack): _accuracies(run),
        "checks of the robust accuracy": _checks(run.attack),
        "accuracy under common corruptions": _corruptions(run.attack),
        **_certificates(run.certify),
        **_published(run),
        "size": _size(run),
        "wall time": _times(run),
    }
    listed = [Group(title, tuple(lines)) for title, lines in titled.items()]
    return [group for group in listed if group.results]


def _title(attack: AttackResult | None) -> str:
    if attack is None:
        return "accuracy"
    bits = "images of 8 bits" if attack.eight_bit else ""
    source = f"transferred from {attack.source}" if attack.source else ""
    told = ["accuracy", f"{wording.norm_name(attack.norm)} attacks", bits, source, checks.verdict(attack)]
    return ", ".join(filter(None, told))


def _checks(attack: AttackResult | None) -> Iterator[Result]:
    outcomes = ((check.name, "held" if check.passed else "failed") for check in (attack.checks if attack else ()))
    return (Result(name, outcome, key=outcome) for name, outcome in outcomes)


def _corruptions(attack: AttackResult | None) -> Iterator[Result]:
    rows = attack.corruptions if attack else ()
    return (_share(f"{row.corruption}, severity {row.severity}", row.count) for row in rows)


def _accuracies(run: Run) -> Iterator[Result]:
    """The clean accuracy, by whichever evaluation there is, and that under each attack."""
    evaluated = run.attack or run.certify
    if evaluated:
        yield _share("clean", evaluated.clean)
    if run.attack:
        if run.attack.top5:
            yield _share("clean, among the first five", run.attack.top5)
        for row in run.attack.rows:
            yield _share(f"{row.attack} at {wording.eps_text(run.attack.norm, row.eps)}", row.count)
        if run.attacks > 1:
            for worst in run.attack.worst:
                yield _share(f"worst of all at {wording.eps_text(run.attack.norm, worst.eps)}", worst.count)


def _certificates(result: CertifyResult | None) -> dict[str, Iterator[Result]]:
    """A title and its lines, a norm each."""
    return {certificates.title(result, found): _proofs(result, found) for found in result.norms} if result else {}


def _proofs(result: CertifyResult, found: Certificates) -> Iterator[Result]:
    """Certified accuracies, the radii over the images that are classified correctly, and what an image took."""
    norm, right = found.norm, f"{found.right.correct:,}"
    if result.smoothing:
        yield _share("smoothed classifier, without a radius", found.right)
        yield Result("it abstained from", f"{found.abstained:,}", images=f"{found.right.total:,}", key=found.abstained)
    for row in found.rows:
        yield _share(
            f"{'probably certified' if result.smoothing else 'certified'} at {wording.eps_text(norm, row.eps)}",
            row.count,
        )
    yield Result("mean certified radius", wording.radius(norm, found.mean_radius), images=right, key=found.mean_radius)
    yield Result(
        "median certified radius", wording.radius(norm, found.median_radius), images=right, key=found.median_radius
    )
    yield Result("mean time an image", wording.short_duration(found.seconds.mean), key=found.seconds.mean)
    yield Result("median time an image", wording.short_duration(found.seconds.median), key=found.seconds.median)


def _published(run: Run) -> dict[str, Iterator[Result]]:
    """What the benchmark's own networks of this architecture reach; the network of this run is another."""
    regimes = published.by_regime(run.published) if run.published else {}
    return {title: (Result(*line) for line in lines) for title, lines in regimes.items()}


def _size(run: Run) -> Iterator[Result]:
    sized = run.sized
    if sized:
        yield Result("parameters", f"{sized.parameters:,}", key=sized.parameters)
        yield Result("multiply-adds an image", f"{sized.multiply_adds:,}", key=sized.multiply_adds)


def _times(run: Run) -> Iterator[Result]:
    return (Result(stage, wording.duration(spent), key=spent) for stage, spent in stage_seconds(run).items())


def stage_seconds(run: Run) -> dict[str, float]:
    """Return the wall time of those stages that took any."""
    histories = (sum(row.seconds for row in run.search), sum(row.seconds for row in run.training))
    results = (each.seconds if each else 0.0 for each in (run.attack, run.certify))
    return {stage: spent for stage, spent in zip(STAGES, (*histories, *results), strict=True) if spent}


def _share(what: str, count: Count) -> Result:
    interval = count.interval()
    words = wording.percent_range(interval)
    return Result(what, wording.percent(count.accuracy), words, f"{count.total:,}", count.accuracy, interval[0])
