"""What a table may not hold although every cell can be read: checks of one row, of rows together, of tables together.

The rules of one table stand in its schema and are evaluated by dataframely; here their failures become findings. Rules
that need two tables, or the days between rows, are written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.cell_text.typed_numbers import closed_up
from consolidation.filing_set.cells import example
from consolidation.filing_set.entities.look_alikes import skeleton
from consolidation.filing_set.faults import Faults
from consolidation.filing_set.schemas.columns import ENTITY_KINDS, rules_of
from consolidation.filing_set.schemas.traced import TRACE
from consolidation.findings import Finding, Severity, error, warning

MEMBER_IDS = {
    "groups": ("parent_id",),
    "group_members": ("entity_id",),
    "ownership": ("entity_id",),
    "solo_filings": ("entity_id",),
    "sector_filings": ("entity_id",),
    "customer_income": ("entity_id",),
    "capital_links": ("investor_id", "issuer_id"),
    "asset_transfers": ("from_id", "to_id"),
    "assessments": ("entity_id",),
    "ratings": ("entity_id",),
    "transitional_measures": ("entity_id",),
    "stress_results": ("entity_id",),
    "stress_drivers": ("entity_id",),
    "stress_sign_offs": ("entity_id",),
    "penalties": ("entity_id",),
    "member_accounts": ("entity_id",),
}
"""Columns whose ids must be in ``entities`` where that table is given."""

PARTY_IDS = {
    "ownership": ("owner_id",),
    "guarantees": ("guarantor_id", "beneficiary_id"),
    "internal_transactions": ("from_id", "to_id"),
}
"""Columns that may name somebody outside the group: an id that is not in ``entities`` is a warning."""


_EXPECTED = {
    "before_valid_from": "≥ valid_from",
    "before_period_end": "> period_end",
    "above_shares": "≤ shares",
    "group_or_entity": "group_id / entity_id",
}


def check_rows(faults: Faults) -> None:
    """Every rule of the table's schema, on rows whose cells have been read."""
    schema = faults.table.schema
    # in memory, where the rows are: for a few rows what is made to stream takes three times as long
    if schema.is_valid(faults.typed, engine="in-memory"):
        return
    _, failure = schema.filter(faults.typed)
    rules = failure.counts()
    details = failure.details()
    positions = {
        place: row for row, place in enumerate(faults.typed.select("source_file", "source_row").rows())
    }
    for rule in rules:
        broken = details.filter(pl.col(rule) == "invalid").select("source_file", "source_row").rows()
        _report(faults, rule, sorted(positions[place] for place in broken))


def _report(faults: Faults, rule: str, rows: list[int]) -> None:
    if rule == "primary_key" or rule.endswith("__duplicate_key"):
        _report_duplicates(faults, rows)
        return
    if "__" in rule and "|" not in rule:
        column, code = rule.split("__", 1)
        _take(faults, code.replace("_", "-"), rows, column, _EXPECTED.get(code, ""))
        return
    column, check = rule.split("|", 1)
    rules = rules_of(faults.table.columns[column])
    if check == "nullability":
        faults.bad_rows.update(rows)
        unread = set(faults.text[column].is_not_null().arg_true().to_list())
        reported = unread | faults.without(column)
        _take(
            faults, "cell-empty", [row for row in rows if row not in reported], column, example(column, rules)
        )
    elif check == "check__choice":
        _take(faults, "word-unknown", rows, column, " | ".join(rules.choices))
    else:
        _take(faults, "negative" if rules.bounds == "≥ 0" else "out-of-range", rows, column, rules.bounds)


def _take(faults: Faults, code: str, rows: list[int], column: str, expected: str) -> None:
    faults.add(code, rows, column, expected=expected)
    harmless = bool(column) and rules_of(faults.table.columns[column]).harmless
    (faults.emptied if harmless else faults.bad_rows).update(rows)


def _report_duplicates(faults: Faults, rows: list[int]) -> None:
    """Every row after the first of its key is told, with where the first stands; none of them is trusted."""
    key = faults.table.key
    keys = faults.typed.select(key)[rows].rows()
    required = [name for name in key if not faults.table.columns[name].nullable]
    places = faults.typed.select("source_file", "source_row")[rows].rows()
    first: dict[tuple[object, ...], tuple[str, int]] = {}
    later, values, details = [], [], []
    for row, of_row, place in zip(rows, keys, places, strict=True):
        if any(of_row[key.index(name)] is None for name in required):
            continue
        faults.bad_rows.add(row)
        if of_row not in first:
            first[of_row] = place
            continue
        later.append(row)
        values.append(" / ".join("" if part is None else str(part) for part in of_row))
        details.append({"first_file": first[of_row][0], "first_row": str(first[of_row][1])})
    faults.add("key-duplicate", later, ", ".join(key), values=values, details=details, expected="1")


def check_listed(all_faults: Mapping[str, Faults]) -> None:
    """Ids against ``entities`` and ``groups``, where the set gives these tables."""
    if "entities" in all_faults:
        known = all_faults["entities"].typed["entity_id"].drop_nulls().unique()
        for table, columns in MEMBER_IDS.items():
            for column in columns:
                faults = all_faults.get(table)
                if faults is not None:
                    faults.bad_rows.update(_unlisted(faults, column, known, "entity-unknown", Severity.ERROR))
        for table, columns in PARTY_IDS.items():
            for column in columns:
                faults = all_faults.get(table)
                if faults is not None:
                    _unlisted(faults, column, known, "party-unknown", Severity.WARNING)
    if "groups" in all_faults:
        known = all_faults["groups"].typed["group_id"].drop_nulls().unique()
        for table, faults in all_faults.items():
            if table != "groups" and "group_id" in faults.typed.columns:
                _unlisted(faults, "group_id", known, "group-unknown", Severity.WARNING)


def _unlisted(faults: Faults, column: str, known: pl.Series, code: str, severity: Severity) -> list[int]:
    """Tell the rows whose id is not known – a warning once an id – and what they are.

    What is expected is the known id that differs only in spaces, width or case, where there is one.
    """
    is_known = pl.col(column).is_in(known.implode())
    rows = faults.typed.select((~is_known).arg_true()).to_series().to_list()
    if not rows:
        return rows
    ids = faults.typed[column]
    of_row = dict(zip(rows, ids[rows].to_list(), strict=True))
    reported = rows
    if severity is Severity.WARNING:
        first = {name: row for row, name in reversed(of_row.items())}
        reported = sorted(first.values())
    alike = {skeleton(name): name for name in known}
    near = {row: alike.get(skeleton(of_row[row]), "") for row in reported}
    strange = [row for row in reported if not near[row]]
    unknown = column if severity is Severity.ERROR else ""
    listed_in = "groups.group_id" if column == "group_id" else "entities.entity_id"
    faults.add(code, strange, column, severity=severity, expected=listed_in, unknown=unknown)
    misspelt = [row for row in reported if near[row]]
    expected = [near[row] for row in misspelt]
    faults.add(f"{code}-alike", misspelt, column, severity=severity, expected=expected, unknown=unknown)
    return rows


def check_kinds(all_faults: Mapping[str, Faults]) -> None:
    """A solo filing says what its insurer is, or ``entities`` does; where both do they agree."""
    faults = all_faults.get("solo_filings")
    if faults is None:
        return
    listed: dict[str, str] = {}
    if "entities" in all_faults:
        listed = dict(all_faults["entities"].typed.select("entity_id", "kind").drop_nulls().rows())
    kinds = faults.typed.select("entity_id", "kind").rows()
    filed = faults.text["kind"].to_list()
    missing = [row for row, (entity, _) in enumerate(kinds) if filed[row] is None and entity not in listed]
    without = faults.without("kind")
    for file in faults.text["source_file"][sorted(without.intersection(missing))].unique(maintain_order=True):
        where = {"table": "solo_filings", "file": file, "row": 1, "column": "kind"}
        faults.findings.append(error("column-missing", expected="kind", **where))
    faults.add(
        "cell-empty",
        [row for row in missing if row not in without],
        "kind",
        expected=" | ".join(ENTITY_KINDS),
    )
    faults.bad_rows.update(missing)
    first: dict[str, int] = {}
    for row, (entity, kind) in enumerate(kinds):
        if kind in ENTITY_KINDS and listed.get(entity, kind) != kind:
            first.setdefault(entity, row)
    differs = list(first.values())
    expected = [listed[kinds[row][0]] for row in differs]
    faults.add("kind-differs", differs, "kind", severity=Severity.WARNING, expected=expected)


_TOTALS = re.compile(
    r"(?:全?行业|全部公司|各公司|所有公司|集团)?(?:合计|总计|小计|共计|汇总|平均|均值|平均值|中位数)(?:数)?|(?:sub)?totals?|average|mean|median",
    re.IGNORECASE,
)


def check_totals(all_faults: Mapping[str, Faults]) -> None:
    """Pass over rows whose company is called a total or an average: they are sums of the rows above, and no company's."""
    for faults in all_faults.values():
        for column in faults.table.entities:
            ids = faults.typed[column].drop_nulls().unique().to_list()
            totals = [one for one in ids if _TOTALS.fullmatch(closed_up(one))]
            rows = faults.typed[column].is_in(totals).fill_null(False).arg_true().to_list() if totals else []
            faults.add("row-of-total", rows, column, severity=Severity.WARNING)
            faults.bad_rows.update(rows)
            if rows:  # nobody need look for the company
                named = pl.col(column).is_in(totals)
                faults.typed = faults.typed.with_columns(pl.when(~named).then(pl.col(column)).alias(column))


def check_members_figures(all_faults: Mapping[str, Faults]) -> None:
    """Tell the blank capital and requirement of companies that a group counts: of others nothing is computed."""
    faults = all_faults.get("solo_filings")
    if faults is None:
        return
    named = [
        all_faults[table].typed[column].drop_nulls()
        for table, column in (
            ("group_members", "entity_id"),
            ("ownership", "entity_id"),
            ("groups", "parent_id"),
        )
        if table in all_faults
    ]
    members = pl.concat(named).unique() if named else pl.Series([], dtype=pl.String)
    counted = faults.typed.select(pl.col("entity_id").is_in(members.implode())).to_series()
    for column in ("minimum_capital", "actual_capital"):
        blank = faults.text.select((pl.col(column).is_null() & counted).arg_true()).to_series()
        rows = set(blank.to_list()) - faults.without(column) - faults.bad_rows
        faults.add("member-figure-blank", sorted(rows), column, severity=Severity.WARNING)


def check_shareholders(all_faults: Mapping[str, Faults]) -> None:
    """Ask about shareholders of one group and day whose stakes add up to more than 1, at the last of them."""
    faults = all_faults.get("shareholders")
    if faults is None:
        return
    of_day = _sound(faults).group_by("group_id", "period_end", maintain_order=True)
    for row, held in (
        of_day.agg(pl.col("row").last(), pl.col("stake").sum()).select("row", "stake").iter_rows()
    ):
        if held > 1:
            shown = f"{held.normalize():f}"
            faults.add(
                "shareholders-above-one",
                [row],
                "stake",
                severity=Severity.WARNING,
                values=[shown],
                expected="≤ 1",
            )


def check_spans(all_faults: Mapping[str, Faults]) -> list[Finding]:
    """Stakes, memberships and measures over time: spans that overlap, gaps between them, stakes in one company above 1.

    The rows stay in the table – who belongs to which group must still be known – and the error stops the company's
    groups.
    """
    findings: list[Finding] = []
    ownership = all_faults.get("ownership")
    if ownership is not None:
        columns = ("owner_id", "entity_id", "valid_from")
        findings += _spans("ownership", _sound(ownership), columns, gaps=True)
        findings += _stakes_above_one(_sound(ownership))
    members = all_faults.get("group_members")
    if members is not None:
        columns = ("group_id", "entity_id", "valid_from")
        findings += _spans("group_members", _sound(members), columns, gaps=True)
    measures = all_faults.get("transitional_measures")
    if measures is not None:
        columns = ("entity_id", "parameter", "valid_from")
        findings += _spans("transitional_measures", _sound(measures), columns, gaps=False)
    return findings


def _sound(faults: Faults) -> pl.DataFrame:
    frame = faults.typed.with_row_index("row")
    return frame.filter(~pl.col("row").is_in(list(faults.bad_rows)))


def _spans(table: str, frame: pl.DataFrame, columns: tuple[str, str, str], gaps: bool) -> Iterable[Finding]:
    """Spans of one thing – two ids and the day it begins – that overlap the one before, or leave days between."""
    first, second, start = columns
    ordered = frame.sort(columns, nulls_last=False).select(
        pl.col(first).alias("first"),
        pl.col(second).alias("second"),
        pl.col(start).fill_null(date.min),
        pl.col("valid_to").fill_null(date.max),
        pl.col("entity_id").alias("entity"),
        *TRACE,
    )
    latest: tuple[Any, ...] = ()
    for row in ordered.rows():
        if latest[:2] != row[:2]:
            latest = row
            continue
        begins, last = row[2], latest[3]
        where = {
            "table": table,
            "file": row[5],
            "row": row[6],
            "column": start,
            "value": begins.isoformat(),
            "group_id": row[0] if first == "group_id" else "",
            "entity_id": row[4],
            "detail": {"first_file": latest[5], "first_row": str(latest[6]), "of": f"{row[0]} / {row[1]}"},
        }
        if begins <= last:
            yield error("span-overlap", expected="valid_to" if last == date.max else f"> {last}", **where)
        elif gaps and begins > last + timedelta(days=1):
            yield warning("span-gap", expected=str(last + timedelta(days=1)), **where)
        if row[3] >= last:
            latest = row


def _stakes_above_one(frame: pl.DataFrame) -> Iterable[Finding]:
    """One finding a company: the first day on which the stakes in it exceed 1, at the row that begins that day."""
    for (entity,), part in frame.group_by("entity_id", maintain_order=True):
        rows = part.select("valid_from", "valid_to", "stake", "source_file", "source_row").rows()
        begins = sorted(rows, key=lambda row: (row[0], row[3], row[4]))
        ends = sorted((row[1], row[2]) for row in rows if row[1] is not None)
        held, ended = Decimal(0), 0
        for position, (start, _, stake, file, number) in enumerate(begins):
            while ended < len(ends) and ends[ended][0] < start:
                held -= ends[ended][1]
                ended += 1
            held += stake
            more_begin_that_day = position + 1 < len(begins) and begins[position + 1][0] == start
            if held > 1 and not more_begin_that_day:
                yield error(
                    "stakes-above-one",
                    table="ownership",
                    file=file,
                    row=number,
                    column="stake",
                    value=f"{held.normalize():f}",
                    expected="≤ 1",
                    entity_id=entity,
                    detail={"day": start.isoformat()},
                )
                break
