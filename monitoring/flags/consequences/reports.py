"""Flags that make a report due: what the law wants told within days of its discovery (``flags.event_reports``).

The scheduler goes through what was raised since the last time, as for alerts, and opens the report of each in the same
transaction. One party and period makes one report, however many flags tell of it. An old figure that somebody loads today is
no discovery: ``flags.event_report_days`` says how old a period may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from consolidation.rulebook import Rulebook, RulesInForce
from monitoring.calendar import day_in_china
from monitoring.flags import lifecycle, schema
from monitoring.flags.registry import kind_of
from monitoring.flags.tables import Flag, FlagEvent
from monitoring.obligations.catalogue import AUDIT_REPORT, Catalogue
from monitoring.obligations.events import event_report
from monitoring.obligations.register import NotPossible
from monitoring.scheduling import job_status
from monitoring.store.layout.filed_tables import FILED, Base

CURSOR = "flag reports"
"""Under this name the scheduler's table keeps how far this has come."""

WHO = "rule19"
_FLAG = Base.metadata.tables[str(Flag.__tablename__)]
_EVENT = Base.metadata.tables[str(FlagEvent.__tablename__)]
_FILING = FILED["solo_filings"].table


def open_reports(connection: Connection, rulebook: Rulebook, today: date) -> list[str]:
    """Open the reports that flags raised since the last time make due, in the caller's transaction.

    A report is due from the day its flag was raised, however late this is called (nobody ran, the clock was set back);
    one that the law counts from the audit report, from that report's day where the filing gives it. A party that owes
    nothing here (it is not tracked) gets none.

    :returns: the references of the reports.
    """
    since = job_status.cursor(connection, CURSOR)
    last = connection.execute(select(func.coalesce(func.max(_EVENT.c.id), 0))).scalar_one()
    query = (
        select(*(_FLAG.c[name] for name in schema.IDENTITY), *_EVENT.columns)
        .join(_FLAG, _FLAG.c.id == _EVENT.c.flag_id)
        .where(_EVENT.c.id > since, _EVENT.c.what.in_([lifecycle.RAISED, lifecycle.RERAISED]))
        .order_by(_EVENT.c.id)
    )
    law = rulebook.on(today)
    opened = []
    for row in [dict(found) for found in connection.execute(query).mappings()]:
        found_on = min(today, day_in_china(row["at"]))
        rule = _rule(connection, row, law, found_on)
        if rule is None:
            continue
        try:
            made = event_report(
                connection,
                rulebook,
                rule["obligation"],
                row["subject_id"],
                rule["occasion"],
                _counted_from(connection, rulebook, rule, row, found_on),
                _what(row),
                WHO,
                today,
                cause=f"flags/{rule['obligation']}/{row['subject_id']}/{row['period_end']}",
            )
        except NotPossible:
            continue
        opened.append(made.reference)
    if last > since:
        job_status.set_cursor(connection, CURSOR, last)
    return opened


def _counted_from(
    connection: Connection,
    rulebook: Rulebook,
    rule: Mapping[str, Any],
    row: Mapping[str, Any],
    found_on: date,
) -> date:
    """The day from which the law counts: that of the audit report if it is known and the law says so, else the discovery."""
    version = Catalogue(rulebook).version(rule["obligation"], found_on)
    due = None if version is None else version.rule_for(rule["occasion"])
    if due is None or due.counted_from != AUDIT_REPORT:
        return found_on
    return _audited_on(connection, row) or found_on


def _audited_on(connection: Connection, row: Mapping[str, Any]) -> date | None:
    """The day of the audit report of a flag's filing."""
    found = connection.execute(
        select(func.max(_FILING.c.audited_on)).where(
            _FILING.c.is_current,
            _FILING.c.entity_id == row["subject_id"],
            _FILING.c.period_end == row["period_end"],
        )
    ).scalar_one()
    return found if isinstance(found, date) else None


def _rule(
    connection: Connection, row: Mapping[str, Any], law: RulesInForce, found_on: date
) -> Mapping[str, Any] | None:
    """What the law wants reported of a flag; None for one of which it wants nothing, or that is no discovery.

    A figure in doubt is none yet: confirmed or filed anew, it raises its flag again.
    """
    if row["period_end"] is None or row["doubted"] is not None:
        return None
    newest = _audited_on(connection, row) if kind_of(row).by_audit else None
    if (found_on - (newest or row["period_end"])).days > law.number("flags.event_report_days"):
        return None
    for rule in law.value("flags.event_reports"):
        if (row["code"], row["subject_kind"]) == (rule["code"], rule["subject"]) and row["item"] in rule[
            "items"
        ]:
            found: Mapping[str, Any] = rule
            return found
    return None


def _what(row: Mapping[str, Any]) -> str:
    parts = [f"{row['code']} {row['item']}"]
    if row["figure"] is not None and row["limit_amount"] is not None:
        sign = "<" if row["figure"] < row["limit_amount"] else ">"
        parts.append(f"{_short(row['figure'])} {sign} {_short(row['limit_amount'])}")
    return f"flag {row['flag_id']}: {', '.join(parts)} ({row['period_end']})"


def _short(figure: Decimal) -> str:
    return f"{figure.normalize():f}"
