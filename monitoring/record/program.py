"""The program by its content: the hashes of its own files, as a version says nothing of what was changed in it since."""

from __future__ import annotations

import hashlib
from pathlib import Path

import consolidation

ROOMS = ("consolidation", "monitoring", "jobs", "dashboard")
"""The packages that the program is made of."""


def program_files(root: Path | None = None) -> dict[str, str]:
    """Name → SHA-256 of every file of the program's packages, code, rulebook and words alike, in the order of the names.

    What Python compiles of them (``__pycache__``) and hidden files are left out.

    :param root: the folder that the packages lie in; by default that of the program that runs.
    """
    root = root or Path(consolidation.__file__).parent.parent
    paths = (path.relative_to(root) for room in ROOMS for path in (root / room).rglob("*") if path.is_file())
    own = (path for path in paths if not any(part[0] == "." or part == "__pycache__" for part in path.parts))
    return {path.as_posix(): _hash(root / path) for path in sorted(own)}


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
