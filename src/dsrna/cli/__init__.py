"""The command line: one sub-command a stage. Parsing only."""

import errno
import os
import sys
import time
from collections.abc import Sequence
from signal import SIGINT
from typing import Final, NoReturn

from dsrna.cli.commands import COMMANDS, SHARED
from dsrna.cli.console import Output, open_streams
from dsrna.cli.parser import glued, make_parser
from dsrna.errors import UserError, shown
from dsrna.runtime.processes import LostProcessError, Processes, joined
from dsrna.runtime.stopping import Stopped, heard
from dsrna.stages import assist

USER_ERROR: Final = 2
CONTINUED: Final = "the same command goes on from what is saved (an attack or a certification begins anew)"
GRACE: Final = 30.0
"""Seconds that the first process has to tell a mistake that others have found too, before they end it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code: 0, 2 for a mistake of the user's, 128 and the signal when stopped by one.

    Of several processes the first runs it, and the others help it to search and to train.
    """
    open_streams()
    try:
        with heard(), joined() as processes:
            if processes.rank > 0:
                _leave(_helped(processes))
            _command(sys.argv[1:] if argv is None else argv, processes)
            if processes.size > 1:
                _leave(0)
    except UserError as error:
        print(f"dsrna: error: {error}", file=sys.stderr)  # noqa: T201
        return USER_ERROR
    except KeyboardInterrupt as stopped:
        by = stopped if isinstance(stopped, Stopped) else Stopped(SIGINT)
        print(f"dsrna: stopped by {by}; {CONTINUED}", file=sys.stderr)  # noqa: T201
        return by.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _leave(code: int) -> NoReturn:
    """End one of several processes at once: threads of its group now and then abort it on the usual way out."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _command(argv: Sequence[str], processes: Processes) -> None:
    try:
        arguments = make_parser().parse_args(glued(argv))
        if arguments.command not in SHARED:
            processes.dismiss()
        COMMANDS[arguments.command](arguments, Output())
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise UserError(f"a name is longer than those of files may be: {shown(error.filename)}") from error
    finally:
        processes.dismiss()


def _helped(processes: Processes) -> int:
    """Assist; say nothing that the first process says, unless the first is lost or has found no fault."""
    try:
        assist(processes)
    except LostProcessError:
        if processes.rank == 1:
            raise
        return USER_ERROR
    except UserError as error:
        _outlive(error, processes)
    return 0


def _outlive(error: UserError, processes: Processes) -> NoReturn:
    """Wait to be ended by the first process, which may tell of the error; where it goes on, the error is this one's."""
    try:
        time.sleep(GRACE)
    except LostProcessError:
        _leave(USER_ERROR)
    raise UserError(f"process {processes.rank}: {error}") from error
