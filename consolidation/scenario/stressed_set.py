"""Filing set → filing set: a scenario written into the tables, so that the engine consolidates it like any other.

Members' filings hold their stressed capital and requirement, a holding group's own capital its stressed tiers, its accounts the
total and net assets after the loss; guarantees that were called are gone, and positions carry their shocks. The set is for
computing and explaining only: it is no filing, and its ``source`` says which scenario it is. What a group gains as a whole (the
price of a company sold, an injection) stands on its capital sheet; a group whose members' capital is added up has no table for
it, and a company that is bought is in none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.minimum_capital.members import QUANTIFIABLE
from consolidation.money import AMOUNT, ZERO, add, line_amount
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.member import MemberEffect
from consolidation.statement import Statement
from consolidation.statement_lines import CAPITAL_TIER_LINES

_MOVED_FIGURES = ("total_assets", "net_assets")
_SHEET_LINES = dict(
    zip(CAPITAL_TIER_LINES, (("2", "1"), ("22", "18"), ("32", "26"), ("35", "34")), strict=True)
)
"""By tier the line of Annex 10 that takes its change: that part, or the total where no parts are given."""


@dataclass(frozen=True)
class Moves:
    """What a scenario moves in the tables of a report date.

    ``effects``: by company, on its own figures, the base included; ``capital``: by group the change of each tier by shares;
    ``losses``: by group what total and net assets change by; ``called``: by group the guarantees that are gone.
    """

    effects: Mapping[str, Sequence[MemberEffect]]
    capital: Mapping[str, Mapping[str, Decimal]]
    losses: Mapping[str, Decimal]
    called: Mapping[str, Collection[str]]
    shocks: tuple[PositionShock, ...]


def moved_set(
    filing_set: FilingSet,
    report_date: date,
    losses: Mapping[str, Decimal],
    called: Mapping[str, Collection[str]],
    shocks: tuple[PositionShock, ...],
) -> FilingSet:
    """The set with what group-specific risk is measured on as it is after losses: accounts, guarantees, positions."""
    tables = {
        **filing_set.tables,
        "group_financials": _figures(filing_set.tables["group_financials"], report_date, losses),
        "guarantees": _guarantees(filing_set.tables["guarantees"], report_date, called),
    }
    return replace(filing_set, tables=tables, position_shocks=shocks)


def stressed_set(
    filing_set: FilingSet, name: str, report_date: date, moves: Moves, statements: Iterable[Statement]
) -> FilingSet:
    """The set under a scenario.

    :param name: the scenario's, for the set's ``source``.
    :param statements: the stressed statements, for groups whose capital is taken from their published one.
    """
    moved = moved_set(filing_set, report_date, moves.losses, moves.called, moves.shocks)
    tables = dict(moved.tables)
    tables["solo_filings"] = _filings(tables["solo_filings"], report_date, moves.effects)
    tables["sector_filings"] = _sector_filings(tables["sector_filings"], report_date, moves.effects)
    tables["group_capital"] = _sheets(tables["group_capital"], report_date, moves.capital)
    tables["group_filings"] = _published(tables["group_filings"], report_date, statements)
    return replace(moved, tables=tables, source=f"{filing_set.source} ({name})")


def _figures(table: pl.DataFrame, report_date: date, losses: Mapping[str, Decimal]) -> pl.DataFrame:
    """``group_financials`` with total and net assets of the report date after the losses."""
    moved = {
        name: [
            line_amount(add([amount, losses[group]]))
            if amount is not None and day == report_date and group in losses
            else amount
            for group, day, amount in table.select("group_id", "period_end", name).iter_rows()
        ]
        for name in _MOVED_FIGURES
    }
    return table.with_columns(pl.Series(name, values, AMOUNT) for name, values in moved.items())


def _guarantees(
    table: pl.DataFrame, report_date: date, called: Mapping[str, Collection[str]]
) -> pl.DataFrame:
    pairs = [(group, id) for group, ids in called.items() for id in ids]
    gone = pl.DataFrame(pairs, schema={"group_id": pl.String, "guarantee_id": pl.String}, orient="row")
    of_day = gone.with_columns(period_end=pl.lit(report_date))
    keys = ["group_id", "guarantee_id", "period_end"]
    return table.join(of_day, on=keys, how="anti", maintain_order="left")


def _rewritten(table: pl.DataFrame, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=table.schema, orient="row")


def _moved(amount: Decimal | None, changes: Iterable[Decimal]) -> Decimal | None:
    return None if amount is None else line_amount(add([amount, *changes]))


def _filings(
    table: pl.DataFrame, report_date: date, effects: Mapping[str, Sequence[MemberEffect]]
) -> pl.DataFrame:
    """The insurers' filings that count for the report date with their stressed figures."""
    of_day = pl.col("period_end") == report_date
    counted = prefer_audited(table.filter(of_day), "entity_id", "period_end")

    def row(filed: dict[str, Any]) -> dict[str, Any]:
        own = effects.get(filed["entity_id"], ())
        tiers = {
            tier: _moved(filed[tier], (e.tiers.get(tier, ZERO) for e in own)) for tier in CAPITAL_TIER_LINES
        }
        return {
            **filed,
            **tiers,
            "actual_capital": _moved(filed["actual_capital"], (e.actual for e in own)),
            "minimum_capital": _moved(filed["minimum_capital"], (e.minimum for e in own)),
            QUANTIFIABLE: _moved(filed[QUANTIFIABLE], (e.requirement for e in own)),
        }

    return pl.concat([table.filter(~of_day), _rewritten(table, map(row, counted.iter_rows(named=True)))])


def _sector_filings(
    table: pl.DataFrame, report_date: date, effects: Mapping[str, Sequence[MemberEffect]]
) -> pl.DataFrame:
    def row(filed: dict[str, Any]) -> dict[str, Any]:
        if filed["period_end"] != report_date:
            return filed
        own = effects.get(filed["entity_id"], ())
        return {**filed, "actual_capital": _moved(filed["actual_capital"], (e.actual for e in own))}

    return _rewritten(table, map(row, table.iter_rows(named=True)))


def _sheets(
    table: pl.DataFrame, report_date: date, capital: Mapping[str, Mapping[str, Decimal]]
) -> pl.DataFrame:
    """Each group's capital sheet of the report date with the change of every tier on one of its lines."""
    rows = list(table.iter_rows(named=True))
    for group, tiers in capital.items():
        own = {
            row["line"]: row for row in rows if (row["group_id"], row["period_end"]) == (group, report_date)
        }
        for tier, change in tiers.items():
            if not own or not change:
                continue
            part, total = _SHEET_LINES[tier]
            line = total if total in own and (tier != CORE_TIER1 or part not in own) else part
            if line in own:
                own[line]["amount"] = _moved(own[line]["amount"], [change])
            else:
                rows.append({**next(iter(own.values())), "line": line, "amount": line_amount(change)})
    return _rewritten(table, rows)


def _published(table: pl.DataFrame, report_date: date, statements: Iterable[Statement]) -> pl.DataFrame:
    """The published statements of the report date with the stressed tiers: the engine takes them as they are."""
    by_group = {s.group_id: s for s in statements}

    def row(filed: dict[str, Any]) -> dict[str, Any]:
        statement = by_group.get(filed["group_id"])
        if statement is None or filed["period_end"] != report_date:
            return filed
        return {**filed, **{n: statement.amount(n) for n in ("actual_capital", *CAPITAL_TIER_LINES)}}

    return _rewritten(table, map(row, table.iter_rows(named=True)))
