"""The command line: one sub-command a stage. Parsing only."""

import os
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from dsrna.cli.commands import COMMANDS
from dsrna.cli.parser import glued, make_parser
from dsrna.errors import UserError

USER_ERROR: Final = 2
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0, 2 for a mistake of the user's, 130 when interrupted."""
    console = Console()
    try:
        arguments = make_parser().parse_args(glued(sys.argv[1:] if argv is None else argv))
        COMMANDS[arguments.command](arguments, console)
    except UserError as error:
        print(f"dsrna: error: {error}", file=sys.stderr)  # noqa: T201
        return USER_ERROR
    except KeyboardInterrupt:
        print("dsrna: stopped; the same command goes on from here", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
