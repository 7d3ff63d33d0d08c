"""Formulas of the documentation as MathML, which browsers draw without a script or a network: a hook of MkDocs."""

import re
from html import unescape
from typing import Any, Final

from latex2mathml.converter import convert

MARKED: Final = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(html: str, **_: Any) -> str:
    """Write every formula that Markdown has marked as MathML."""
    return MARKED.sub(lambda found: drawn(unescape(found[2]), block=found[1] == "div"), html)


def drawn(formula: str, *, block: bool) -> str:
    """Return MathML; a command that the converter does not know is a ``ValueError``: it would be shown as its name."""
    mathml = convert(formula, display="block" if block else "inline")
    unknown = re.findall(r"\\\w+|\\.", mathml)
    if unknown:
        raise ValueError(f"not known in formulas: {', '.join(unknown)}, in {formula.strip()}")
    return mathml
