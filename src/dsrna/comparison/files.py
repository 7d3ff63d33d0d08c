"""A comparison's files."""

from pathlib import Path

from dsrna.comparison.results import Comparison
from dsrna.comparison.tables import as_csv, as_latex, as_markdown
from dsrna.runtime.comparison_folder import ComparisonFolder
from dsrna.runtime.files import write_json, write_text
from dsrna.runtime.serialise import to_plain


def write_comparison(comparison: Comparison, out: Path) -> ComparisonFolder:
    """Write ``comparison.json`` with everything, and its tables as CSV, Markdown and LaTeX."""
    folder = ComparisonFolder(out)
    write_json(folder.result, to_plain(comparison))
    write_text(folder.csv, as_csv(comparison))
    write_text(folder.markdown, as_markdown(comparison))
    write_text(folder.latex, as_latex(comparison))
    return folder
