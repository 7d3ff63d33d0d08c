"""The one exception that means: the person at the keyboard can mend this."""


class UserError(Exception):
    """A mistake in what the user gave. Its text is one line: what was wrong, where, what would be right.

    The command line prints it without a traceback and exits with code 2.
    """
