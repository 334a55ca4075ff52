"""What looks at files found, remembered by the bytes of a file: the same program need not look at the same bytes again."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, cast

Status = tuple[int, ...]
"""What changes where a file does."""


def status_of(path: Path) -> Status:
    """The status of a file.

    :raises OSError: if it is not there.
    """
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class RememberedAnswers:
    """The answers about one file, in a folder.

    :param sha256: of its bytes.
    :param status: before they were read for the hash: of a file that has changed since, nothing is known and nothing kept.
    """

    folder: Path
    sha256: str
    status: Status

    def get(self, asked: dict[str, Any], status: Status) -> dict[str, Any] | None:
        """The answer to a question of a file that has this status; None where it must be asked."""
        file = self._file(asked)
        with suppress(OSError, ValueError):
            answer = json.loads(file.read_bytes())
            if isinstance(answer, dict) and status == self.status:
                os.utime(file)
                return answer
        return None

    def keep(self, asked: dict[str, Any], status: Status, answer: dict[str, Any]) -> None:
        """Keep the answer about a file that had this status afterwards; a full disk keeps nothing."""
        if status == self.status:
            with suppress(OSError), beside(self._file(asked)) as file:
                file.write(json.dumps(answer).encode())

    def _file(self, asked: dict[str, Any]) -> Path:
        of = (_program(), self.sha256, sorted(asked.items()))
        return self.folder / f"{hashlib.sha256(repr(of).encode()).hexdigest()}.look"


@contextmanager
def beside(file: Path) -> Iterator[BinaryIO]:
    """What is written goes beside the file's place and is moved there at the end, so that two processes never see half of one.

    :raises OSError: where it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as draft:
        try:
            yield cast(BinaryIO, draft)
            draft.close()
            Path(draft.name).replace(file)
        finally:
            Path(draft.name).unlink(missing_ok=True)


@cache
def _program() -> str:
    """A hash of what looks."""
    return source_hash(Path(__file__).parent, sys.version, version("pyarrow"))


def source_hash(folder: Path, *more: str) -> str:
    """A hash of the Python files in a folder and below it, and of what else a result depends on."""
    whole = hashlib.sha256(" ".join(more).encode())
    for file in sorted(folder.rglob("*.py")):
        whole.update(file.read_bytes())
    return whole.hexdigest()
