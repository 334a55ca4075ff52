"""What is doubtful about companies through time: ends half told, filings after one, and a silence beside a beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set.entities.companies import RENAMED, Companies
from consolidation.filing_set.schemas.tables import TABLES
from consolidation.findings import Finding, Severity, from_rows, info, warning

NEAR = Decimal("0.25")
"""Sizes (minimum capital) that differ by less than this share are near: the finding then asks, and decides nothing."""
LONGEST_SILENCE_QUARTERS = 2
_FILED_ONCE = ("solo_filings", "sector_filings")


def names_of_the_day(tables: Mapping[str, pl.DataFrame], companies: Companies) -> dict[str, pl.DataFrame]:
    """The tables with every company under the name that it had on the day of the row, so that a late filing finds it."""
    named = dict(tables)
    if not companies.former_names():
        return named
    for name, frame in tables.items():
        table = TABLES[name]
        columns = [column for column in table.columns if column in _ids(name)]
        if table.period and columns:
            named[name] = companies.under_names_of_the_day(frame, table.period, columns)
    return named


def _ids(table: str) -> tuple[str, ...]:
    more = {"guarantees": ("guarantor_id", "beneficiary_id")}
    return more.get(table, TABLES[table].entities)


def filed_under_two_names(
    named: dict[str, pl.DataFrame], filed: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """Without the filings that one company made twice for a period, each under another name: nobody can say which counts.

    :param named: of :func:`names_of_the_day`.
    :param filed: the tables as filed.
    """
    findings: list[Finding] = []
    kept = dict(named)
    for name in _FILED_ONCE:
        key = TABLES[name].key
        twice = pl.struct(key).is_duplicated()
        doubled = named[name].filter(twice)
        if doubled.is_empty():
            continue
        as_filed = filed[name].filter(named[name].select(twice).to_series())
        doubled = doubled.with_columns(filed_as=as_filed["entity_id"])
        findings += from_rows(
            Severity.ERROR,
            "filed-under-two-names",
            doubled,
            table=name,
            column="entity_id",
            value=pl.col("filed_as"),
        )
        kept[name] = named[name].filter(~twice)
    return kept, findings


def succession_findings(tables: Mapping[str, pl.DataFrame], companies: Companies) -> list[Finding]:
    """Ends that are told by half, filings for a day after an end, and companies that may go on under another id."""
    return [
        *_half_told(tables["entities"]),
        *_contradicted(tables["entities"], companies),
        *_after_the_end(tables["solo_filings"], companies),
        *_continuations(tables["solo_filings"], tables["entities"], companies),
    ]


def _half_told(entities: pl.DataFrame) -> Iterator[Finding]:
    known = set(entities["entity_id"])
    for row in entities.iter_rows(named=True):
        told = {name: row[name] for name in ("successor_id", "valid_to", "ended_by")}
        where = {
            "table": "entities",
            "file": row["source_file"],
            "row": row["source_row"],
            "entity_id": row["entity_id"],
        }
        needed = ["valid_to", "ended_by"] if any(v is not None for v in told.values()) else []
        if told["ended_by"] == RENAMED:
            needed.append("successor_id")
        for column in needed:
            if told[column] is None:
                yield warning("end-half-told", column=column, expected=column, **where)
        successor = told["successor_id"]
        if successor is not None and successor not in known:
            yield warning(
                "successor-unlisted", column="successor_id", value=successor, expected="entities", **where
            )


def _contradicted(entities: pl.DataFrame, companies: Companies) -> Iterator[Finding]:
    """New names that lead back to the old one, and those that ended before it: they are no history."""
    last = dict(entities.select("entity_id", "valid_to").drop_nulls().iter_rows())
    read = set(companies.former_names())
    for row in entities.filter(pl.col("successor_id").is_not_null()).iter_rows(named=True):
        where = {
            "table": "entities",
            "file": row["source_file"],
            "row": row["source_row"],
            "entity_id": row["entity_id"],
            "column": "successor_id",
            "value": row["successor_id"],
        }
        if row["ended_by"] == RENAMED and row["entity_id"] not in read:
            yield warning("successor-circle", **where)
        ended = last.get(row["successor_id"])
        if row["valid_to"] is not None and ended is not None and ended < row["valid_to"]:
            yield warning("successor-ended-before", expected=f"> {row['valid_to']}", **where)


def _after_the_end(solo_filings: pl.DataFrame, companies: Companies) -> list[Finding]:
    after = solo_filings.join(
        companies.until_their_end(solo_filings, "period_end"), on=["source_file", "source_row"], how="anti"
    ).sort("source_file", "source_row")
    return from_rows(Severity.WARNING, "filed-after-end", after, table="solo_filings", column="period_end")


def _continuations(
    solo_filings: pl.DataFrame, entities: pl.DataFrame, companies: Companies
) -> Iterator[Finding]:
    """Who stops filing just before another company of the same kind and about the same size begins."""
    told = set(entities.filter(pl.col("ended_by").is_not_null())["entity_id"])
    filed = companies.under_current_names(solo_filings).sort("entity_id", "period_end", "basis")
    ends = filed.group_by("entity_id", maintain_order=True).agg(
        pl.col("kind", "minimum_capital", "period_end").last(),
        pl.col("source_file", "source_row").last(),
        first=pl.col("period_end").first(),
        first_size=pl.col("minimum_capital").first(),
    )
    if ends.is_empty():
        return
    earliest, latest = filed["period_end"].min(), filed["period_end"].max()
    begins = [row for row in ends.iter_rows(named=True) if row["first"] != earliest]
    for row in ends.filter(pl.col("period_end") < latest).iter_rows(named=True):
        if row["entity_id"] in told or not row["minimum_capital"]:
            continue
        near = [
            (abs(other["first_size"] / row["minimum_capital"] - 1), other["entity_id"], other["first"])
            for other in begins
            if other["entity_id"] != row["entity_id"]
            and other["kind"] == row["kind"]
            and other["first_size"]
            and 1 <= _quarters(row["period_end"], other["first"]) <= LONGEST_SILENCE_QUARTERS
        ]
        closest = min(near, default=None)
        if closest is not None and closest[0] <= NEAR:
            yield info(
                "perhaps-continued",
                table="solo_filings",
                file=row["source_file"],
                row=row["source_row"],
                column="entity_id",
                value=row["entity_id"],
                expected="entities: successor_id, valid_to, ended_by",
                entity_id=row["entity_id"],
                period_end=row["period_end"],
                detail={"other": closest[1], "first": str(closest[2])},
            )


def _quarters(before: date, after: date) -> int:
    return (after.year - before.year) * 4 + (after.month - before.month) // 3
