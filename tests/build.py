"""Small filing sets for tests: tables as CSV text in a folder, as a person would write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope


def write_set(folder: Path, tables: Mapping[str, str]) -> Path:
    """Write each table as ``<name>.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(dedent(text).lstrip(), "utf-8")
    return folder


def read_set(folder: Path, tables: Mapping[str, str]) -> FilingSet:
    return read_filing_set(str(write_set(folder, tables)))


def consolidated(folder: Path, tables: Mapping[str, str], scope: Scope | None = None) -> Consolidation:
    return consolidate(read_set(folder, tables), Rulebook.load(), scope)


def codes(result: Consolidation | FilingSet) -> list[str]:
    """The codes of what was found, each once."""
    return sorted({f.code for f in result.findings})
