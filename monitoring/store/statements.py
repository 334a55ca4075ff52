"""A stored statement read back as the object that the engine computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.actual_capital.capital_sheet import FORMULAS, STEP, TIER_LINES, TOTAL
from consolidation.money import ZERO, add
from consolidation.provenance import Input, Line, Status, Step
from consolidation.statement import Statement


def stored_statement(
    head: tuple[str, date, str, str],
    kept: Mapping[str, Any],
    *,
    lines: pl.DataFrame,
    contributions: pl.DataFrame,
    eliminations: pl.DataFrame,
) -> Statement:
    """The statement as its run recorded it.

    :param head: group_id, period_end, name and type of the group.
    :param kept: what ``queries.explanation`` gives. A run recorded before capital lines were kept with it has them in the
        trees of the tiers and, for the deduction method, in its contributions and eliminations.
    """
    if "capital_lines" in kept:
        return Statement.from_json(kept)
    group_id, period_end, name, group_type = head
    trees = kept.get("lines", {})
    read = {row["line"]: _line(row, trees.get(row["line"])) for row in lines.iter_rows(named=True)}
    if group_type == "insurance_holding":
        return Statement(group_id, name, group_type, period_end, read, _capital_lines(read))
    items = _capital_items(contributions, eliminations)
    return Statement(group_id, name, group_type, period_end, read, capital_items=items)


def _line(row: Mapping[str, Any], tree: Mapping[str, Any] | None) -> Line:
    if tree is not None:
        return Line.from_json(tree)
    status, article, unit = Status(row["status"]), row["article"] or "", row["unit"] or ""
    return Line(row["line"], row["amount"], status, "", article, unit)


def _capital_lines(lines: Mapping[str, Line]) -> dict[int, Decimal]:
    """The numbered lines of the actual-capital sheet, where the tiers were computed from one; a line not given is nought.

    The parts stand as steps in the trees of the tiers, the tiers and their sum are lines of the statement.
    """
    if "core_tier1_capital" not in lines or not lines["core_tier1_capital"].formula.startswith("(1)"):
        return {}
    numbers = {n for line, sides in FORMULAS.items() for n in (line, *(n for side in sides for n in side))}
    found = dict.fromkeys(sorted(numbers), ZERO)
    for line in lines.values():
        found |= dict(_steps(line.inputs))
    for name, number in (*TIER_LINES.items(), ("actual_capital", TOTAL)):
        if name in lines and (amount := lines[name].amount) is not None:
            found[number] = amount
    return found


def _steps(inputs: tuple[Input, ...]) -> Iterator[tuple[int, Decimal]]:
    for step in (one for one in inputs if isinstance(one, Step)):
        if step.name.startswith(STEP) and step.amount is not None:
            yield int(step.name.removeprefix(STEP)), step.amount
        yield from _steps(step.inputs)


def _capital_items(contributions: pl.DataFrame, eliminations: pl.DataFrame) -> dict[str, Decimal]:
    """What the deduction method sums and takes off, exactly."""
    capital = contributions.filter(line="actual_capital")
    is_joint, is_transfer = pl.col("relation") == "joint_venture", pl.col("kind") == "asset_transfer"
    parts = {
        "members_actual_capital": capital.filter(~is_joint),
        "joint_ventures_actual_capital": capital.filter(is_joint),
        "double_counted_capital": eliminations.filter(~is_transfer),
        "asset_transfer_adjustment": eliminations.filter(is_transfer),
    }
    return {name: add(frame["amount"].drop_nulls().to_list()) for name, frame in parts.items()}
