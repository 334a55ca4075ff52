"""On which line of the statement a member's minimum capital stands (Annex 10; futures companies go with securities)."""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.statement_lines import INSURERS_LINE, OTHER_LINE, PARENT_LINE
from consolidation.structure.membership import INSURERS

Key = tuple[str, date, str]
"""group_id, period_end, line."""

LINE_OF_KIND = {
    **dict.fromkeys(INSURERS, INSURERS_LINE),
    "bank": "bank_members_minimum_capital",
    "securities": "securities_members_minimum_capital",
    "futures": "securities_members_minimum_capital",
    "trust": "trust_members_minimum_capital",
}


def line_of_member() -> pl.Expr:
    """The line as an expression over ``kind`` and ``relation``; a joint venture stands on the line of its kind."""
    own_line = pl.col("kind").replace_strict(LINE_OF_KIND, default=OTHER_LINE, return_dtype=pl.String)
    return pl.when(pl.col("relation") == "parent").then(pl.lit(PARENT_LINE)).otherwise(own_line)


def article_of_share() -> pl.Expr:
    """By which articles a member enters with a share, as they follow its own; over ``relation`` and ``bears_shortfall``."""
    venture = pl.col("relation") == "joint_venture"
    return (
        pl.when(venture & pl.col("bears_shortfall"))
        .then(pl.lit(", A19"))
        .when(venture)
        .then(pl.lit(", A18"))
        .otherwise(pl.lit(""))
    )
