"""Why a file must not be opened, in a form that crosses a pipe."""

from __future__ import annotations


class Refusal(Exception):
    """A file is not to be read: the code of the finding that says so, and its fields as text or number."""

    def __init__(self, code: str, **fields: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields
