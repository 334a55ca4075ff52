"""Flags that rest on a figure in doubt: which they are, and what they then say first."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.results import columns as c
from consolidation.results.schemas import FiguresInDoubt
from monitoring.doubt.figures import RESTS_ON, figure_touched
from monitoring.ratios import COMPREHENSIVE, CORE

BETWEEN = " – "
"""Between the two filings that a flag compares."""

_FAILS = "_fails"
_TIERS = tuple(column for column in RESTS_ON[CORE] if column != "minimum_capital")
_SUPPLEMENTARY = ("supplementary_tier1_capital", "supplementary_tier2_capital")
_ITEMS = {
    CORE: RESTS_ON[CORE],
    COMPREHENSIVE: RESTS_ON[COMPREHENSIVE],
    CORE + _FAILS: RESTS_ON[CORE],
    COMPREHENSIVE + _FAILS: RESTS_ON[COMPREHENSIVE],
    "actual_capital": ("actual_capital",),
    "minimum_capital": ("minimum_capital",),
    "core_tier2_to_core": _TIERS,
    "supplementary_to_core": (*_TIERS, *_SUPPLEMENTARY),
    "supplementary_tier2_to_core": (*_TIERS, *_SUPPLEMENTARY),
} | {
    test + near: _TIERS
    for test in ("guarantee", "transaction", "counterparty", "sector", "customer")
    for near in ("", "_near")
}  # a concentration says how much of core capital it takes
"""A flag's item → the figures of the filing that it rests on."""

_OF_ANY_FIGURE = "does_not_add_up"
"""The code of the flag that is itself the contradiction, whatever its item."""

_UNTOUCHED = ("outlook", "falling", "event", "not_filed", "stress_breach", "stress_base_breach")
"""Codes whose items are called like a ratio and that rest on nothing in doubt: it was left out before they were tested."""


class FlagDoubt(c.ResultSchema):
    """The figure in doubt that a flag rests on; all empty where it rests on none."""

    doubted = c.text_or_none("the column in doubt")
    doubted_filed = c.rate("as filed: 万元, of a ratio a fraction")
    doubted_fitting = c.rate("what would fit the rest of the filing")
    doubted_slip = c.text_or_none("how the one becomes the other, where it fits exactly")
    doubted_agreeing = c.text_or_none("what agrees on the value that would fit")
    doubted_of = c.text_or_none("the member that filed it, of a group's flag")


def marked(flags: pl.DataFrame, doubts: dy.DataFrame[FiguresInDoubt]) -> pl.DataFrame:
    """The flags with :class:`FlagDoubt` filled where their figure is in doubt.

    :param flags: rows of :class:`~monitoring.flags.schema.FlagRows`.
    :param doubts: of filings, and of statements as :func:`~monitoring.doubt.figures.of_statements` gives them.
    """
    if doubts.is_empty() or flags.is_empty():
        return flags
    columns = FlagDoubt.column_names()
    found = doubts.select(
        "subject_kind",
        "subject_id",
        "period_end",
        "basis",
        doubted="column",
        doubted_filed="filed",
        doubted_fitting="fitting",
        doubted_slip="slip",
        doubted_agreeing="agreeing",
        doubted_of="of_member",
        touched=figure_touched(),
    )
    subject = ["subject_kind", "subject_id", "period_end"]
    numbered = flags.drop(columns).with_row_index("_flag")
    items = pl.DataFrame(
        [(item, column) for item, rests_on in _ITEMS.items() for column in rests_on],
        schema={"item": pl.String, "touched": pl.String},
        orient="row",
    )
    same = numbered.join(found, on=subject)
    by_item = same.filter(~pl.col("code").is_in([*_UNTOUCHED, _OF_ANY_FIGURE])).join(
        items, on=["item", "touched"], how="semi"
    )
    touched = pl.concat([by_item, same.filter(pl.col("code") == _OF_ANY_FIGURE)])
    of_filing = pl.col("filing_basis").str.split(BETWEEN).list.contains(pl.col("basis"))
    marks = (
        touched.filter(of_filing).select("_flag", *columns).unique("_flag", keep="first", maintain_order=True)
    )
    joined = numbered.join(marks, on="_flag", how="left", maintain_order="left").drop("_flag")
    return joined.select(flags.columns)
