"""The one exception that means: the person at the keyboard can mend this."""

import reprlib
from typing import Final

LONGEST: Final = 4000
"""Characters of an error. The longest that is ours lists what there is of a kind."""


class UserError(Exception):
    """A mistake in what the user gave. Its text is one line: what was wrong, where, what would be right.

    The command line prints it without a traceback and exits with code 2. What cannot be printed, as a line break in
    the name of a file, or a command to the terminal, is told by its escape. Of a longer text than anybody reads, what
    echoes what was given, beginning and end are told.
    """

    def __init__(self, text: str) -> None:
        half = LONGEST // 2
        told = text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"
        super().__init__("".join(map(_printable, told)))


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def shown(value: object) -> str:
    """Return a value as Python writes it, a long or deep one in part: a file may hold more than anybody reads."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # Python writes no number of so many digits
        return "a number beyond measure"


_SHORT: Final = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 3, 100, 100, 100
