"""Members whose requirement is missing or doubtful: said, so that nobody takes the group's sum for complete.

A regulated member that has not filed, or filed no requirement, is left out of the sum with a warning; an overseas
insurer under local rules that is neither small nor from an equivalent regime stops its group (Rule 19 A17(2)).
All functions take the members with their solo filings and what they bring (``minimum_capital.with_requirement``).
"""

from __future__ import annotations

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.group_filings import GroupFinancials
from consolidation.findings import Finding, Severity, error, from_rows, located, warning
from consolidation.minimum_capital.member_lines import Key, line_of_member
from consolidation.money import times
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import INSURERS, REGULATED

_KEYS = ["group_id", "period_end", "entity_id"]
_WANTED = {
    "minimum_capital": "the insurer's total minimum capital",
    "quantifiable_risk_minimum_capital": "the quantifiable part of the insurer's minimum capital",
}


def silent_members(filed: pl.DataFrame, sector: pl.DataFrame) -> pl.DataFrame:
    """The rows of regulated members that filed nothing for the period."""
    kind, filed_none = pl.col("kind"), pl.col("minimum_capital").is_null()
    unknown = filed.filter(kind.is_null() & (pl.col("relation") != "parent") & filed_none)
    banks_and_others = filed.filter(kind.is_in([k for k in REGULATED if k not in INSURERS]) & filed_none)
    return pl.concat(
        [
            filed.filter(kind.is_in(INSURERS) & pl.col("source_row").is_null()),
            # An insurer's requirement is what it files as an insurer, whatever else it files.
            pl.concat([unknown, banks_and_others]).join(sector, on=["entity_id", "period_end"], how="anti"),
        ]
    )


def members_without_figure(filed: pl.DataFrame) -> pl.DataFrame:
    """The rows of members that filed as insurers, but not the figure that the group adds up."""
    return filed.filter(
        pl.col("source_row").is_not_null()
        & pl.col("requirement").is_null()
        # Who is no insurer and yet files as one is told by what it files.
        & (pl.col("kind").is_in(INSURERS).fill_null(False) | pl.col("minimum_capital").is_not_null())
    )


def missing_requirements(filed: pl.DataFrame, sector: pl.DataFrame) -> tuple[list[Finding], frozenset[Key]]:
    """Regulated members without a requirement for the period: computed without them, and said.

    :returns: the findings, and the members' lines that lack the requirement of a member.
    """
    insurers = filed.filter(pl.col("kind").is_in(INSURERS))
    silent, blank = silent_members(filed, sector), members_without_figure(filed)
    incomplete = pl.concat([silent, blank]).select("group_id", "period_end", line_of_member()).unique()
    filing_as_insurer = pl.col("kind").is_in(INSURERS) | pl.col("kind").is_null()
    whole = pl.col("requirement_column") == "minimum_capital"
    findings = [
        *from_rows(
            Severity.WARNING,
            "member-not-filed",
            silent.select(*_KEYS, "kind"),
            table=pl.when(filing_as_insurer).then(pl.lit("solo_filings")).otherwise(pl.lit("sector_filings")),
            expected="a filing for the period",
            article="Rule 19 A16",
        ),
        *from_rows(
            Severity.WARNING,
            pl.when(whole)
            .then(pl.lit("minimum-capital-absent"))
            .otherwise(pl.lit("quantifiable-part-absent")),
            blank,
            table="solo_filings",
            column=pl.col("requirement_column"),
            expected=pl.col("requirement_column").replace_strict(_WANTED, return_dtype=pl.String),
            article="Rule 19 A16",
        ),
        *from_rows(
            Severity.WARNING,
            "minimum-capital-not-positive",
            insurers.filter(pl.col("requirement") <= 0),
            table="solo_filings",
            column=pl.col("requirement_column"),
            value=pl.col("requirement"),
            expected="more than zero",
            article="Rule 19 A16",
        ),
    ]
    return findings, frozenset(incomplete.iter_rows())


def unused_sector_filings(filed: pl.DataFrame, sector: pl.DataFrame) -> list[Finding]:
    """What members filed with another supervisor beside, or instead of, an insurer's own filing: it does not count."""
    insurers = pl.col("kind").is_in(INSURERS).fill_null(False) | pl.col("minimum_capital").is_not_null()
    unused = filed.filter(insurers).select(_KEYS).join(sector, on=["entity_id", "period_end"])
    return from_rows(
        Severity.WARNING,
        "sector-filing-unused",
        unused.sort(_KEYS),
        table="sector_filings",
        column="measure",
        value=pl.col("measure"),
        expected="the insurer's own row in solo_filings",
        article="Rule 19 A17(1)",
    )


def overseas_findings(filed: pl.DataFrame, filing_set: FilingSet, rulebook: Rulebook) -> list[Finding]:
    """Local rules serve only a small overseas insurer or one from an equivalent regime (A17(1)(2))."""
    group_assets = filing_set.table(GroupFinancials).select(
        "group_id", "period_end", group_total_assets="total_assets"
    )
    by_local_rules = (pl.col("rules") == "local").fill_null(False)
    abroad = filed.filter(
        ((pl.col("jurisdiction") != "CN") | by_local_rules) & pl.col("source_row").is_not_null()
    ).join(group_assets, on=["group_id", "period_end"], how="left")
    findings = []
    for row in abroad.iter_rows(named=True):
        place = {
            "table": "solo_filings",
            "column": "rules",
            "article": "Rule 19 A17(2)",
            **located(row),
        }
        if row["jurisdiction"] == "CN":
            findings.append(error("domestic-local-rules", value="local", expected="c_ross", **place))
            continue
        if row["rules"] is None:
            findings.append(warning("overseas-rules-not-stated", expected="c_ross or local", **place))
        if row["rules"] != "local" or row["equivalent_regime"]:
            continue
        limit = rulebook.on(row["period_end"]).number("overseas.local_rule_asset_share")
        assets = row["total_assets"] if row["total_assets"] is not None else row["admitted_assets"]
        if assets is None or row["group_total_assets"] is None:
            findings.append(
                error(
                    "overseas-size-unknown",
                    expected="its total_assets and the group's in group_financials",
                    value="local",
                    **place,
                )
            )
        elif row["group_total_assets"] <= 0:
            # Of nothing there is no share: neither is the company proven too large, nor may the group be left out for it.
            findings.append(
                warning(
                    "overseas-size-not-measurable",
                    value=f"{row['group_total_assets']:f}",
                    expected="total assets of the group above zero",
                    **place,
                )
            )
        elif assets > times(limit, row["group_total_assets"]):
            findings.append(
                error(
                    "overseas-local-rules",
                    value="local",
                    expected=f"c_ross: its total assets {assets:f} are above {limit} of the group's {row['group_total_assets']:f}",
                    **place,
                )
            )
    return findings
