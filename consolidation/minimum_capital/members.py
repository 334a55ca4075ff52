"""Minimum capital of the members, line by line (Rule 19 A15–A19).

A subsidiary enters with the whole of its own minimum capital whatever the stake, a joint venture with the members' share
(A18). Whether the control-risk part of a member's minimum capital is in it is a reading of A16. One frame, ``contributions``, holds every member's part of every line for
all groups and periods at once; a line is the exact sum of its rows, rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.absences import said_of
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.schemas.member_filings import SectorFilings, SoloFilings
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding
from consolidation.minimum_capital.member_checks import (
    missing_requirements,
    overseas_findings,
    unused_sector_filings,
)
from consolidation.minimum_capital.member_lines import Key, article_of_share, line_of_member
from consolidation.minimum_capital.other_sectors import outside_parents, sector_contributions
from consolidation.minimum_capital.stakes_in_members import stake_findings, stakes_in_members, taken_out
from consolidation.money import RATE, ZERO, add, amounts, shares_of, weighted_sums
from consolidation.results.schemas import Contributions, Members
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import INSURERS, Group

MEMBER_REQUIREMENT = "minimum_capital.member_requirement"
BY_GROUP = "by_group"
QUANTIFIABLE = "quantifiable_risk_minimum_capital"


@dataclass(frozen=True, slots=True)
class MemberCapital:
    """Every member's part of the requirement, and the exact total of each line before rounding.

    ``incomplete``: the lines that lack a member which filed no requirement.
    """

    contributions: dy.DataFrame[Contributions]
    totals: dict[Key, Decimal]
    findings: list[Finding]
    incomplete: frozenset[Key] = frozenset()


def members_minimum_capital(
    filing_set: FilingSet,
    members: dy.DataFrame[Members],
    groups: Mapping[str, Group],
    rulebook: Rulebook,
) -> MemberCapital:
    """Each member's own minimum capital (A17) and its part of the group's lines (A16, A18).

    :param members: frame of ``results.schemas.Members``.
    :returns: contributions (``results.schemas.Contributions``), exact totals by line, findings.
    """
    # A joint venture whose whole shortfall the group would bear enters whole (A19).
    members = Members.typed(
        members.with_columns(
            share=pl.when("bears_shortfall").then(pl.lit(Decimal(1)).cast(RATE)).otherwise("share")
        )
    )
    filed = with_requirement(with_solo_filings(members, filing_set.table(SoloFilings)), groups, rulebook)
    sector = filing_set.table(SectorFilings)
    wholly, partly = _insurer_contributions(filed)
    stakes = stakes_in_members(filed, filing_set, rulebook)
    carried = taken_out(stakes, rulebook)
    other_rows, exact, faults = sector_contributions(filed, outside_parents(members, groups, sector), sector)

    own = pl.concat([wholly, partly, carried])
    sums = weighted_sums(own, ["group_id", "period_end", "line"], "share", "own_amount")
    totals: dict[Any, Decimal] = {key: total for key, (total,) in sums}
    for key, amount in exact:
        totals[key] = add([totals.get(key, ZERO), amount])
    missing, incomplete = missing_requirements(filed, sector)
    remarks = [
        *faults,
        *missing,
        *unused_sector_filings(filed, sector),
        *overseas_findings(filed, filing_set, rulebook),
        *stake_findings(stakes),
    ]
    contributions = Contributions.typed(pl.concat([own, other_rows]))
    return MemberCapital(contributions, totals, remarks, incomplete)


def with_solo_filings(members: pl.DataFrame, solo_filings: pl.DataFrame) -> pl.DataFrame:
    """The members with what each filed as an insurer for the period, empty (``source_row`` too) where it did not."""
    columns = (
        "basis",
        "minimum_capital",
        "quantifiable_risk_minimum_capital",
        "rules",
        "total_assets",
        "admitted_assets",
        "source_file",
        "source_row",
        FILED_AS,
    )
    keys = ["entity_id", "period_end"]
    return members.join(prefer_audited(solo_filings, *keys).select(*keys, *columns), on=keys, how="left")


def with_requirement(filed: pl.DataFrame, groups: Mapping[str, Group], rulebook: Rulebook) -> pl.DataFrame:
    """Add ``requirement``, what each member that files as an insurer brings (A16), and ``requirement_column``, its source.

    That is its minimum capital, whole or the quantifiable part alone, by the reading of the law in force and, where that
    leaves it to the groups, by the group's own. A figure under local rules (A17(2)) knows no control risk and is whole.
    """
    readings = {day: rulebook.on(day).value(MEMBER_REQUIREMENT) for day in filed["period_end"].unique()}
    own = {group_id: group.member_requirement for group_id, group in groups.items()}
    asked = pl.col("period_end").replace_strict(readings, return_dtype=pl.String)
    of_group = pl.col("group_id").replace_strict(own, return_dtype=pl.String)
    by_reading = pl.when(asked == BY_GROUP).then(of_group).otherwise(asked)
    local_only = (pl.col("rules") == "local").fill_null(False) & pl.col(QUANTIFIABLE).is_null()
    column = (
        pl.when((by_reading == "quantifiable") & ~local_only)
        .then(pl.lit(QUANTIFIABLE))
        .otherwise(pl.lit("minimum_capital"))
    )
    # Who is no insurer files as one only where it has a minimum capital there; else its own supervisor's figure counts.
    files_as_insurer = (
        pl.col("kind").is_in(INSURERS).fill_null(False) | pl.col("minimum_capital").is_not_null()
    )
    part = pl.when(files_as_insurer).then(pl.col(QUANTIFIABLE))
    return filed.with_columns(requirement_column=column).with_columns(
        requirement=pl.when(pl.col("requirement_column") == QUANTIFIABLE)
        .then(part)
        .otherwise("minimum_capital")
    )


def _insurer_contributions(filed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The insurers that enter whole, and those that enter by share (multiplied exactly, shown to six places)."""
    frame = filed.filter(pl.col("requirement").is_not_null()).select(
        "group_id",
        "period_end",
        line=line_of_member(),
        entity_id="entity_id",
        relation="relation",
        share="share",
        own_amount="requirement",
        amount="requirement",
        basis="basis",
        table=pl.lit("solo_filings"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
        column="requirement_column",
        article=pl.concat_str(
            pl.when(pl.col("jurisdiction").fill_null("CN") == "CN")
            .then(pl.lit("Rule 19 A16, A17(1)"))
            .otherwise(pl.lit("Rule 19 A16, A17(2)")),
            article_of_share(),
        ),
        filed_as=pl.when(pl.col("requirement_column") == QUANTIFIABLE).then(said_of(QUANTIFIABLE)),
    )
    partly = frame.filter(pl.col("share") != 1)
    return frame.filter(pl.col("share") == 1), partly.with_columns(
        amount=amounts(shares_of(partly, "share", "own_amount"))
    )
