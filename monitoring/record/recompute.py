"""Compute a run again from its filing set, and digest the results as the store would keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from consolidation.consolidate import consolidate
from consolidation.filing_set import UnusableSet, read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from monitoring.store.integrity.digests import OF_RUN, digests
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.recording import provenance, run_record
from monitoring.store.store import open_store, record_run

STATEMENTS = RESULTS["statements"]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of computing a run again.

    ``digests``: name of a table of results → digest of its rows. ``statements``: group and period → the statement as JSON text.
    """

    data_hash: str
    rulebook_hash: str
    digests: Mapping[str, str]
    statements: Mapping[tuple[str, date], str]


def rulebook_of(arguments: Mapping[str, Any], law: Rulebook) -> Rulebook:
    """The rulebook of a run: the law, with the run's what-if laid over it.

    :raises consolidation.rulebook.overlay.UnusableOverlay: if the what-if cannot be applied to that law.
    """
    changes = arguments.get("changes")
    if not changes:
        return law
    with TemporaryDirectory() as folder:
        file = Path(folder, "what-if.yaml")
        file.write_text(changes, "utf-8")
        return law.overlay(file)


def recompute(location: str, arguments: Mapping[str, Any], rulebook: Rulebook) -> Recomputed:
    """Read the set and compute what the run with these arguments computed.

    :param arguments: as ``rulebook consolidate`` recorded them: group, period, quarterly, encoding.
    :raises UnusableSet: where there is no set.
    """
    filing_set = read_filing_set(location, encoding=arguments.get("encoding") or "utf-8")
    period = arguments.get("period")
    scope = Scope(
        arguments.get("group"),
        date.fromisoformat(period) if period else None,
        bool(arguments.get("quarterly")),
    )
    result = consolidate(filing_set, rulebook, scope)
    made = provenance(filing_set, rulebook, who="", started_at=datetime.now(UTC), arguments=arguments)
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/rule19.db")
        number = record_run(store, run_record(filing_set, result, rulebook, made))
        with store.reading() as connection:
            found = {name: digests(connection, name, [number])[number] for name in OF_RUN}
            rows = connection.execute(
                select(STATEMENTS.c.group_id, STATEMENTS.c.period_end, STATEMENTS.c.explanation)
            ).all()
        store.close()
    statements = {(row.group_id, row.period_end): row.explanation for row in rows}
    return Recomputed(filing_set.data_hash, rulebook.hash, found, statements)


__all__ = ["Recomputed", "UnusableSet", "recompute", "rulebook_of"]
