"""What an insurer's own requirement carries for its stakes in other members of its group (Rule 8 A28; Rule 19 A16).

A long-term equity investment in a subsidiary or venture needs capital for equity price risk: a base factor on its recognised
value. A16 adds up members' requirements and says nothing of taking that out, so it is counted and named here with an
estimate (reading ``stakes_in_members``); where the reading is to take it out, it comes off the investor's line as a row of its
own. The estimate stands before diversification and characteristic factors, which the filings do not break down.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.schemas.intragroup import CapitalLinks
from consolidation.filing_set.schemas.member_filings import SectorFilings, SoloFilings
from consolidation.filing_set.schemas.structure import Ownership
from consolidation.findings import Finding, Severity, from_rows
from consolidation.minimum_capital.member_lines import line_of_member
from consolidation.money import AMOUNT, ZERO, amounts, plain, plain_text, shares_of, times
from consolidation.results.schemas import Contributions
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import INSURERS

READING = "minimum_capital.stakes_in_members"
TAKEN_OUT = "taken_out"
ARTICLE = "Rule 19 A16; Rule 8 A28"
HELD_TABLES = ("capital_links", "ownership")
"""Where a stake stands; a contribution read from one of these takes capital out."""
_PAIR = ["group_id", "period_end", "entity_id", "issuer_id"]


def stakes_in_members(filed: pl.DataFrame, filing_set: FilingSet, rulebook: Rulebook) -> pl.DataFrame:
    """Every stake of a member that counts as an insurer in another member, with the capital that it carries, one in a row.

    The recognised value is what the investor counts of it in its own capital (``capital_links``), else its stake in the
    issuer's actual capital. ``entity_id``, ``relation`` and ``share`` are the investor's, ``line`` is its line, ``table`` to
    ``column`` say where the stake stands. ``estimate``, 万元, is null where the stake's value is not known; ``how`` are its
    factors in figures.

    :param filed: the members with what they bring (``minimum_capital.with_requirement``).
    """
    investors = filed.filter(pl.col("kind").is_in(INSURERS) & pl.col("requirement").is_not_null())
    members = filed.select(
        "group_id", "period_end", issuer_id="entity_id", issuer_kind="kind", issuer_relation="relation"
    )
    pairs = pl.concat([_linked(filing_set), _owned(filing_set, investors["period_end"].unique())])
    held = (
        investors.select("group_id", "period_end", "kind", "relation", "share", "entity_id")
        .join(pairs, on=["period_end", "entity_id"])
        .join(members, on=["group_id", "period_end", "issuer_id"])
        .filter(pl.col("entity_id") != pl.col("issuer_id"))
        # The investor's own figure is nearer than an estimate of it; of several rows of the register the first is named.
        .sort(*_PAIR, "table", "file", "row")
        .group_by(_PAIR, maintain_order=True)
        .agg(pl.all().first(), stakes=pl.col("stake").filter(pl.col("table") == "ownership").sum())
        .with_columns(line=line_of_member(), sort=_sort())
    )
    valued = (
        held.join(_base_factors(held["period_end"].unique(), rulebook), on=["period_end", "sort"], how="left")
        .join(_capital(filing_set, held), on=["issuer_id", "period_end"], how="left")
        .with_columns(
            value=pl.coalesce("counted", "capital"),
            part=pl.when(pl.col("counted").is_null() & pl.col("capital").is_not_null()).then("stakes"),
        )
    )
    shares = shares_of(valued.with_columns(pl.col("part").fill_null(Decimal(1))), "part", "value")
    estimates = (
        None if share is None else times(Decimal(base), share)
        for base, share in zip(valued["base"], shares, strict=True)
    )
    factors = pl.concat_str(
        "base", plain_text(pl.col("part")), plain_text(pl.col("value")), separator=" × ", ignore_nulls=True
    )
    return valued.with_columns(estimate=amounts(estimates), how=factors)


def _linked(filing_set: FilingSet) -> pl.DataFrame:
    links = filing_set.table(CapitalLinks).filter(pl.col("instrument") == "equity")
    return links.select(
        "period_end",
        entity_id="investor_id",
        issuer_id="issuer_id",
        counted="counted_by_investor",
        stake=pl.lit(None, filing_set.table(Ownership).schema["stake"]),
        held_as=pl.lit(None, pl.String),
        table=pl.lit("capital_links"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
        column=pl.lit("counted_by_investor"),
    )


def _owned(filing_set: FilingSet, days: pl.Series) -> pl.DataFrame:
    on_the_day = (pl.col("valid_from") <= pl.col("period_end")) & (
        pl.col("valid_to").is_null() | (pl.col("period_end") <= pl.col("valid_to"))
    )
    register = filing_set.table(Ownership).join(pl.DataFrame({"period_end": days}), how="cross")
    return register.filter(on_the_day).select(
        "period_end",
        entity_id="owner_id",
        issuer_id="entity_id",
        counted=pl.lit(None, AMOUNT),
        stake="stake",
        held_as="relation",
        table=pl.lit("ownership"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
        column=pl.lit("stake"),
    )


def _capital(filing_set: FilingSet, held: pl.DataFrame) -> pl.DataFrame:
    """issuer_id, period_end, capital: each issuer's actual capital, as an insurer's where it files as one; zero at least."""
    issuers = held.select("period_end", entity_id="issuer_id")
    solo, others = (
        filing_set.table(table).join(issuers, on=["entity_id", "period_end"], how="semi")
        for table in (SoloFilings, SectorFilings)
    )
    columns = ("entity_id", "period_end", "actual_capital")
    known = pl.concat([prefer_audited(solo, *columns[:2]).select(columns), others.select(columns)]).filter(
        pl.col("actual_capital").is_not_null()
    )
    return known.unique(["entity_id", "period_end"], keep="first", maintain_order=True).select(
        "period_end", issuer_id="entity_id", capital=pl.max_horizontal("actual_capital", pl.lit(ZERO, AMOUNT))
    )


def _sort() -> pl.Expr:
    """Which base factor of Rule 8 A28 is the stake's: by how it is held, else by what the issuer is to the group."""
    return (
        pl.when(pl.coalesce("held_as", "issuer_relation").is_in(["joint_venture", "associate"]))
        .then(pl.lit("venture"))
        .when(pl.col("issuer_kind").is_in(INSURERS))
        .then(pl.lit("insurance_subsidiary"))
        .otherwise(pl.lit("other_subsidiary"))
    )


def _base_factors(days: Iterable[date], rulebook: Rulebook) -> pl.DataFrame:
    """period_end, sort, base: the factors in force, as text, which keeps all places of a what-if."""
    return pl.DataFrame(
        [
            (day, sort, plain(base))
            for day in days
            for sort, base in rulebook.on(day).value("minimum_capital.stake_base_factor").items()
        ],
        schema={"period_end": pl.Date, "sort": pl.String, "base": pl.String},
        orient="row",
    )


def stake_findings(stakes: pl.DataFrame) -> list[Finding]:
    """Each stake named with the estimate of the capital that it carries."""
    return from_rows(
        Severity.INFO,
        pl.when(pl.col("estimate").is_null())
        .then(pl.lit("stake-in-member-not-estimated"))
        .otherwise(pl.lit("stake-in-member-counted")),
        stakes,
        **{place: pl.col(place) for place in ("table", "file", "row", "column")},
        value=plain_text(pl.col("estimate")),
        expected="the capital that Rule 8 asks of the investor for it",
        article=ARTICLE,
        detail={"issuer": pl.col("issuer_id"), "how": pl.col("how")},
    )


def taken_out(stakes: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """What comes off the investors' lines where the reading of the day is to take it out (``results.schemas.Contributions``).

    The investor's share holds for it as for its requirement. ``basis`` names the issuer.
    """
    days = [day for day in stakes["period_end"].unique() if rulebook.on(day).value(READING) == TAKEN_OUT]
    out = stakes.filter(pl.col("estimate").is_not_null() & pl.col("period_end").is_in(days)).with_columns(
        own_amount=-pl.col("estimate"),
        basis="issuer_id",
        article=pl.lit(ARTICLE),
        filed_as=pl.lit(None, pl.String),
    )
    return out.with_columns(amount=amounts(shares_of(out, "share", "own_amount"))).select(
        Contributions.column_names()
    )
