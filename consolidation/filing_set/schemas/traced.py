"""What tables of a filing set share: where a row came from, and rows about either a group or a company."""

from __future__ import annotations

import dataframely as dy
import polars as pl


class Traced(dy.Schema):
    """What the intake adds to every table: the file a row came from and its row there (the heading is row 1)."""

    source_file = dy.String(description="the file or sheet the row came from")
    source_row = dy.Int64(description="its row there, the heading being row 1")


TRACE = tuple(Traced.columns())
"""The columns that the intake adds."""

FILED_AS = "filed_as"
"""The column that it adds to tables of forms."""


class OnAForm(Traced):
    """A table whose rows are read off an official form, where a dash, 不适用 and an empty cell are three answers."""

    filed_as = dy.String(
        nullable=True,
        description="which cells were filed as nil or as not applicable: column=nil, with spaces between",
    )


GROUP_OR_ENTITY_KEY = ("group_id", "entity_id", "period_end")
"""The key of tables about either a group or a company: dataframely's own keys allow no empty cell."""


class GroupOrEntity(Traced):
    """A table whose rows are each about one group or about one company, never both."""

    @dy.rule()
    def entity_id__group_or_entity(cls) -> pl.Expr:
        """A row is about a group or a company, not both and not neither."""
        return pl.col("group_id").is_null() != pl.col("entity_id").is_null()

    @dy.rule()
    def period_end__duplicate_key(cls) -> pl.Expr:
        """Nothing stands twice for a period."""
        return pl.struct(GROUP_OR_ENTITY_KEY).is_unique()
