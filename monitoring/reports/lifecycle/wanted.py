"""Which parts of a report still want a text, told without making the report: for reminders and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from consolidation.rulebook import Rulebook
from monitoring.reports.catalogue import PartDefinition, definition, kind_of
from monitoring.reports.given import filled_places
from monitoring.reports.lifecycle.register import ENTRY, ReportKey, head_of
from monitoring.reports.parts.registry import PLACES


def empty_parts(
    connection: Connection, rulebook: Rulebook, obligation: Mapping[str, Any]
) -> tuple[PartDefinition, ...]:
    """The parts of the report that meets an obligation in which a text is still wanted; none where no report meets it.

    :param obligation: a row of the register.
    """
    kind = kind_of(obligation["obligation"], rulebook, obligation["period_end"])
    if kind is None:
        return ()
    filled = filled_places(connection, obligation["party_id"], obligation["period_end"])
    head = head_of(connection, ReportKey(kind, obligation["party_id"], obligation["period_end"]))
    written = _written(connection, head["id"]) if head else set()
    return tuple(
        part
        for part in definition(rulebook, kind, obligation["period_end"]).parts
        if any((part.id, place) not in written for place in set(PLACES.get(part.fills, ())) - filled)
    )


def _written(connection: Connection, report_id: int) -> set[tuple[str, str]]:
    """The places that have a text, by the newest entry of each."""
    query = (
        select(ENTRY.c.part, ENTRY.c.place, ENTRY.c.text)
        .where(ENTRY.c.report_id == report_id, ENTRY.c.place.is_not(None))
        .order_by(ENTRY.c.id)
    )
    newest = {(part, place): text for part, place, text in connection.execute(query)}
    return {where for where, text in newest.items() if (text or "").strip()}
