"""A member below its own requirement raises its group's flag (Rule 19 A47, A151).

Membership is what it was at the period's end; groups are consolidated by half-years, so for a quarter in between the last
structure before it counts.
"""

from __future__ import annotations

import polars as pl

from monitoring.flags import schema as rows
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.thresholds import (
    BREACH,
    BY_RATING,
    OF_COMPANY,
    rating_or_distance,
    says_below,
    short_below,
)
from monitoring.flags.speech import Flag, Speech
from monitoring.ratios import ENTITY, GROUP


def member_flags(own: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """A flag of the group for every breach of a member, with the member's figure and limit.

    The parent's own breach counts as well: a parent that is an insurer is regulated itself.

    :param own: rows of the companies' own tests; only breaches are looked at.
    :param members: who belongs to which group at which period's end.
    """
    breaches = own.filter((pl.col("code") == BREACH.code) & (pl.col("subject_kind") == ENTITY))
    if breaches.is_empty() or members.is_empty():
        return rows.FlagRows.without_rows()
    known = members.select("group_id", "period_end").unique().sort("period_end")
    wanted = breaches.select("period_end").unique().sort("period_end")
    structure = (
        wanted.join(members.select("group_id").unique(), how="cross")
        .sort("period_end")
        .join_asof(
            known.with_columns(structure_on="period_end"),
            on="period_end",
            by="group_id",
            check_sortedness=False,
        )
        .filter(pl.col("structure_on").is_not_null())
    )
    belonging = structure.join(
        members.select("group_id", "entity_id", structure_on="period_end"), on=["group_id", "structure_on"]
    ).select("group_id", "period_end", subject_id="entity_id")
    of_groups = breaches.join(belonging, on=["subject_id", "period_end"], how="inner")
    return rows.complete(
        of_groups.drop("party"),
        subject_kind=GROUP,
        subject_id=pl.col("group_id"),
        code=MEMBER_BREACH.code,
        party=pl.col("subject_id"),
        doubted_of=pl.when(pl.col("doubted").is_not_null()).then("subject_id"),
        source=pl.concat_str(pl.lit("Rule 19 A47; "), pl.col("source")),
    )


def _says(flag: Flag, speech: Speech) -> str:
    return speech.of_member(flag, says_below(flag, speech))


def _short(flag: Flag, speech: Speech) -> str:
    return speech.of_member(flag, short_below(flag, speech))


MEMBER_BREACH = FlagKind(
    says=_says,
    short=_short,
    code="member_breach",
    level="breach",
    derived=lambda flags, data: member_flags(flags, data.inputs.members),
    remedies=(OF_COMPANY, BY_RATING),
    gravity=rating_or_distance,
    always_counted=True,
)
"""The measures are against the member, if it is an insurer; against a bank or trust its own supervisor acts."""
