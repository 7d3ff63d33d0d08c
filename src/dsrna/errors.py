"""The one exception that means: the person at the keyboard can mend this."""

from typing import Final

BRIEF: Final = 100


class UserError(Exception):
    """A mistake in what the user gave. Its text is one line: what was wrong, where, what would be right.

    The command line prints it without a traceback and exits with code 2. What cannot be printed, as a line break in
    the name of a file, or a command to the terminal, is told by its escape.
    """

    def __init__(self, text: str) -> None:
        super().__init__("".join(map(_printable, text)))


def brief(name: str) -> str:
    """Return a name as an error tells it: of one that is too long for a line, how it begins."""
    return name if len(name) <= BRIEF else f"{name[:BRIEF]}... ({len(name):,} characters)"


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
