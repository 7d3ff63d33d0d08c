"""Text as Markdown that shows it as it is: on one line, and nothing in it is markup."""

import re
from typing import Final

_SPECIAL: Final = re.compile(r"[\\`*_\[\]|>&~$]|<(?!\d)")
"""What is markup anywhere in a line. No tag begins with a digit."""
_FIRST: Final = re.compile(r"^[-+#]|^\d+(?=[.)](?:\s|$))")
"""What is markup only where a line begins."""
_NOT_BY_BACKSLASH: Final = "<>&~$"
"""What not every dialect of Markdown takes a backslash before; all know HTML's entities."""


def as_it_is(text: str) -> str:
    """Return the text for any place, the beginning of a line too."""
    return _FIRST.sub(_marked, within(text))


def within(text: str) -> str:
    """Return the text for the middle of a line: the cell of a table."""
    return _SPECIAL.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    return f"&#{ord(text)};" if text in _NOT_BY_BACKSLASH else f"\\{text}"


def _marked(found: re.Match[str]) -> str:
    text = found[0]
    return f"{text}\\" if text.isdigit() else f"\\{text}"
