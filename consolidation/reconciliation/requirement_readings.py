"""Which reading of A16 gives the lines that a group published: its members' minimum capital whole, or its quantifiable part.

Rule 19 A16 adds up members' "最低资本"; groups publish both ways (``minimum_capital.member_requirement``). Both sums are
computed here for every published line of insurers, and a remark says which of them is the published figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, info
from consolidation.minimum_capital.member_lines import Key
from consolidation.minimum_capital.members import MEMBER_REQUIREMENT, members_minimum_capital
from consolidation.money import less, line_amount, plain
from consolidation.results.schemas import Members, PublishedLines, ReconciledLines
from consolidation.rulebook import Rulebook
from consolidation.statement_lines import MEMBER_LINES
from consolidation.structure.membership import Group

WHOLE, QUANTIFIABLE = "whole", "quantifiable"
EITHER, NEITHER = "either", "neither"

RequirementSums = Mapping[str, Decimal]
"""Reading → the line's sum under it; a reading for which a member filed no figure is not there."""


def sums_by_reading(
    filing_set: FilingSet,
    published: dy.DataFrame[PublishedLines],
    members: dy.DataFrame[Members],
    groups: Mapping[str, Group],
    rulebook: Rulebook,
) -> dict[Key, RequirementSums]:
    """Both sums of each published line in which an insurer's own filing counts (A16, A18).

    :param published: frame of ``results.schemas.PublishedLines``.
    :param members: frame of ``results.schemas.Members``.
    """
    asked = published.filter(pl.col("line").is_in(MEMBER_LINES)).select("group_id", "period_end", "line")
    if asked.is_empty():
        return {}
    concerned = Members.typed(members.join(asked, on=["group_id", "period_end"], how="semi"))
    sums: dict[Key, dict[str, Decimal]] = {}
    for reading in (WHOLE, QUANTIFIABLE):
        other = rulebook.overlay({MEMBER_REQUIREMENT: reading})
        done = members_minimum_capital(filing_set, concerned, groups, other)
        lacking = {
            (f.group_id, f.period_end)
            for f in done.findings
            if f.code in ("minimum-capital-absent", "quantifiable-part-absent")
        }
        of_insurers = done.contributions.filter(pl.col("table") == "solo_filings")
        counted = asked.join(of_insurers, on=["group_id", "period_end", "line"], how="semi")
        for key in counted.iter_rows():
            if key[:2] not in lacking:
                sums.setdefault(key, {})[reading] = line_amount(done.totals[key])
    return dict(sums)


def reproduced_by(published: Decimal, sums: RequirementSums, tolerance: Decimal) -> str:
    """The reading whose sum is the published figure: ``whole``, ``quantifiable``, ``either`` or ``neither``."""
    fitting = [r for r, total in sums.items() if abs(less(total, published)) <= tolerance]
    if len(fitting) > 1:
        return EITHER
    return fitting[0] if fitting else NEITHER


def reading_remarks(
    reconciliation: dy.DataFrame[ReconciledLines], sums: Mapping[Key, RequirementSums], rulebook: Rulebook
) -> Iterator[Finding]:
    """A remark for each line that one reading reproduces and the other does not.

    :param reconciliation: frame of ``results.schemas.ReconciledLines``.
    """
    for row in reconciliation.filter(pl.col("reading").is_in([WHOLE, QUANTIFIABLE])).iter_rows(named=True):
        both = sums[row["group_id"], row["period_end"], row["line"]]
        yield info(
            f"published-by-reading-{row['reading']}",
            table=row["table"],
            file=row["file"],
            row=row["row"],
            column=row["column"],
            value=plain(row["published"]),
            expected=plain(both[row["reading"]]),
            group_id=row["group_id"],
            period_end=row["period_end"],
            article="Rule 19 A16",
            detail={
                "line": row["line"],
                "other": plain(both[_other(row["reading"])]) if _other(row["reading"]) in both else "?",
                "tolerance": plain(rulebook.on(row["period_end"]).number("reconciliation.tolerance")),
            },
        )


def _other(reading: str) -> str:
    return QUANTIFIABLE if reading == WHOLE else WHOLE
