"""What goes wrong by a user's doing, in one line: what, where, what was expected, what to do. Exit status 2."""


class UsageError(Exception):
    """Ends a command with its message on standard error."""
