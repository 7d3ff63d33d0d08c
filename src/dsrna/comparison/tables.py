"""A comparison as files for people and programs: CSV of the runs, Markdown and LaTeX of what they say together."""

import csv
import io
from typing import Final

from dsrna.comparison.costs import STAGES
from dsrna.comparison.measures import MINUS
from dsrna.comparison.results import Comparison
from dsrna.comparison.sheets import Sheet, sheets, unfinished
from dsrna.runtime.markdown import within

LATEX: Final = str.maketrans(
    {symbol: f"\\{symbol}" for symbol in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"[": "{[}", "*": "{*}"}  # else an option of the end of the line before
    | {"±": r"$\pm$", MINUS: "$-$", "<": "$<$", ">": "$>$", "|": r"\textbar{}"}
)
"""What a symbol is in LaTeX."""
COLUMNS = ("contender", "training", "seed", "repeat", "beside", "failure")


def as_csv(comparison: Comparison) -> str:
    """A line a run, a column a measure, and a column a stage for what it took."""
    measures = list(dict.fromkeys(name for row in comparison.rows for name in row.measures))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, *measures, *(f"{stage} seconds" for stage in STAGES)])
    for row in comparison.rows:
        cell = row.cell
        about = [cell.contender, cell.training, cell.seed, cell.repeat, cell.beside or "", row.failure or ""]
        values = [row.measures.get(name, "") for name in measures]
        writer.writerow([*about, *values, *(row.seconds.get(stage, "") for stage in STAGES)])
    return file.getvalue()


def as_markdown(comparison: Comparison) -> str:
    """The sheets of every training, each under its title."""
    far = unfinished(comparison)
    return "\n".join(filter(None, [far and f"{far}\n", *map(_markdown, sheets(comparison))])) + "\n"


def as_latex(comparison: Comparison) -> str:
    """The same as ``tabular`` environments, for a document that loads ``booktabs``."""
    far = unfinished(comparison)
    return "\n".join(filter(None, [far and f"% {far}\n", *map(_latex, sheets(comparison))])) + "\n"


def _markdown(sheet: Sheet) -> str:
    rule = ("---", *["---" if sheet.sentences else "---:"] * (len(sheet.heads) - 1))
    table = "\n".join("| " + " | ".join(map(within, line)) + " |" for line in (sheet.heads, rule, *sheet.rows))
    return f"**{within(sheet.title)}**\n\n{table}\n"


def _latex(sheet: Sheet) -> str:
    head, *body = (" & ".join(map(_escaped, row)) + r" \\" for row in (sheet.heads, *sheet.rows))
    columns = r"p{0.6\linewidth}" if sheet.sentences else "r" * (len(sheet.heads) - 1)
    begin = rf"\begin{{tabular}}{{l{columns}}}"
    lines = [
        f"% {' '.join(sheet.title.split())}",
        begin,
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(LATEX)
