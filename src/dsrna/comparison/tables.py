"""A comparison as files for people and programs: CSV of the runs, Markdown and LaTeX of the means."""

import csv
import io
from collections.abc import Iterator, Sequence

from dsrna.comparison.measures import written
from dsrna.comparison.results import Comparison, Summary

COLUMNS = ("contender", "training", "seed", "repeat", "beside", "failure")


def as_csv(comparison: Comparison) -> str:
    """A line a run, a column a measure."""
    measures = list(dict.fromkeys(name for row in comparison.rows for name in row.measures))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, *measures])
    for row in comparison.rows:
        cell = row.cell
        about = [cell.contender, cell.training, cell.seed, cell.repeat, cell.beside or "", row.failure or ""]
        writer.writerow([*about, *(row.measures.get(name, "") for name in measures)])
    return file.getvalue()


def as_markdown(comparison: Comparison) -> str:
    """A table a training: contenders by measures, mean and standard deviation over seeds."""
    return "\n".join(map(_markdown, _tables(comparison))) + "\n"


def as_latex(comparison: Comparison) -> str:
    """The same as ``tabular`` environments, for a document that loads ``booktabs``."""
    return "\n".join(map(_latex, _tables(comparison))) + "\n"


Table = list[list[str]]


def _tables(comparison: Comparison) -> Iterator[Table]:
    for training in dict.fromkeys(summary.training for summary in comparison.summaries):
        there = [summary for summary in comparison.summaries if summary.training == training]
        measures = list(dict.fromkeys(summary.measure for summary in there))
        contenders = dict.fromkeys(summary.contender for summary in there)
        rows = [[name, *_values([each for each in there if each.contender == name], measures)] for name in contenders]
        yield [[f"{training} training", *measures], *rows]


def _values(summaries: Sequence[Summary], measures: Sequence[str]) -> Iterator[str]:
    by_measure = {summary.measure: summary for summary in summaries}
    for measure in measures:
        summary = by_measure.get(measure)
        yield "" if summary is None else _shown(summary)


def _shown(summary: Summary) -> str:
    mean = written(summary.measure, summary.mean)
    return mean if summary.deviation is None else f"{mean} ± {written(summary.measure, summary.deviation)}"


def _markdown(rows: Table) -> str:
    head, *body = rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _latex(rows: Table) -> str:
    head, *body = ([_escaped(text) for text in row] for row in rows)
    lines = [r"\begin{tabular}{l" + "r" * (len(head) - 1) + "}", r"\toprule", " & ".join(head) + r" \\", r"\midrule"]
    lines += [" & ".join(row) + r" \\" for row in body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _escaped(text: str) -> str:
    for symbol in r"&%$#_":
        text = text.replace(symbol, "\\" + symbol)
    return text.replace("±", r"$\pm$")
