"""What an insurer's own requirement carries for its stakes in other members of its group (Rule 8 A28; Rule 19 A16).

A long-term equity investment in a subsidiary or venture needs capital for equity price risk: a base factor on its recognised
value. A16 adds up members' requirements and says nothing of taking that out, so it is counted and named here with an
estimate (reading ``stakes_in_members``); where the reading is to take it out, it comes off the investor's line as a row of its
own. The estimate stands before diversification and characteristic factors, which the filings do not break down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.schemas.intragroup import CapitalLinks
from consolidation.filing_set.schemas.member_filings import SectorFilings, SoloFilings
from consolidation.filing_set.schemas.structure import Ownership
from consolidation.findings import Finding, info
from consolidation.minimum_capital.member_lines import line_of_member
from consolidation.money import AMOUNT, ZERO, add, less, line_amount, plain, times
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.structure.membership import INSURERS

READING = "minimum_capital.stakes_in_members"
TAKEN_OUT = "taken_out"
FACTORS = "minimum_capital.stake_base_factor"
HELD_TABLES = ("capital_links", "ownership")
"""Where a stake stands; a contribution read from one of these takes capital out."""
_PAIR = ["group_id", "period_end", "investor_id", "issuer_id"]


class HeldStake(NamedTuple):
    """One member's stake in another.

    ``estimate``, 万元, is None where the value of the stake is not known; ``how`` are its factors in figures.
    """

    group_id: str
    period_end: date
    line: str
    investor_id: str
    relation: str
    share: Decimal
    issuer_id: str
    estimate: Decimal | None
    how: str
    table: str
    file: str
    row: int
    column: str


def stakes_in_members(filed: pl.DataFrame, filing_set: FilingSet, rulebook: Rulebook) -> list[HeldStake]:
    """Every stake of a member that counts as an insurer in another member, with the capital that it carries.

    The recognised value is what the investor counts of it in its own capital (``capital_links``), else its stake in the
    issuer's actual capital.

    :param filed: the members with what they bring (``minimum_capital.with_requirement``).
    """
    investors = filed.filter(pl.col("kind").is_in(INSURERS) & pl.col("requirement").is_not_null())
    members = filed.select(
        "group_id", "period_end", issuer_id="entity_id", issuer_kind="kind", issuer_relation="relation"
    )
    pairs = pl.concat([_linked(filing_set), _owned(filing_set, investors["period_end"].unique())])
    held = (
        investors.with_columns(line=line_of_member())
        .select("group_id", "period_end", "line", "relation", "share", investor_id="entity_id")
        .join(pairs, on=["period_end", "investor_id"])
        .join(members, on=["group_id", "period_end", "issuer_id"])
        .filter(pl.col("investor_id") != pl.col("issuer_id"))
        # The investor's own figure is nearer than an estimate of it; of several rows of the register the first is named.
        .sort(*_PAIR, "table", "file", "row")
        .group_by(_PAIR, maintain_order=True)
        .agg(pl.all().first(), stakes=pl.col("stake").filter(pl.col("table") == "ownership"))
        .join(_capital(filing_set), on=["issuer_id", "period_end"], how="left")
    )
    return [_held(row, rulebook.on(row["period_end"])) for row in held.iter_rows(named=True)]


def _linked(filing_set: FilingSet) -> pl.DataFrame:
    links = filing_set.table(CapitalLinks).filter(pl.col("instrument") == "equity")
    return links.select(
        "period_end",
        "investor_id",
        "issuer_id",
        counted="counted_by_investor",
        stake=pl.lit(None, filing_set.table(Ownership).schema["stake"]),
        held_as=pl.lit(None, pl.String),
        table=pl.lit("capital_links"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
    )


def _owned(filing_set: FilingSet, days: pl.Series) -> pl.DataFrame:
    on_the_day = (pl.col("valid_from") <= pl.col("period_end")) & (
        pl.col("valid_to").is_null() | (pl.col("period_end") <= pl.col("valid_to"))
    )
    register = filing_set.table(Ownership).join(pl.DataFrame({"period_end": days}), how="cross")
    return register.filter(on_the_day).select(
        "period_end",
        investor_id="owner_id",
        issuer_id="entity_id",
        counted=pl.lit(None, AMOUNT),
        stake="stake",
        held_as="relation",
        table=pl.lit("ownership"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
    )


def _capital(filing_set: FilingSet) -> pl.DataFrame:
    """issuer_id, period_end, capital: each company's actual capital, as an insurer's where it files as one."""
    columns = ("entity_id", "period_end", "actual_capital")
    solo = prefer_audited(filing_set.table(SoloFilings), "entity_id", "period_end").select(columns)
    others = filing_set.table(SectorFilings).select(columns)
    known = pl.concat([solo, others]).filter(pl.col("actual_capital").is_not_null())
    return known.unique(["entity_id", "period_end"], keep="first", maintain_order=True).rename(
        {"entity_id": "issuer_id", "actual_capital": "capital"}
    )


def _held(row: dict[str, Any], law: RulesInForce) -> HeldStake:
    base = law.value(FACTORS)[_sort(row)]
    value: list[Decimal] | None
    if row["counted"] is not None:
        value = [row["counted"]]
    elif row["capital"] is not None:
        value = [add(row["stakes"]), max(row["capital"], ZERO)]
    else:
        value = None
    linked = row["table"] == "capital_links"
    return HeldStake(
        group_id=row["group_id"],
        period_end=row["period_end"],
        line=row["line"],
        investor_id=row["investor_id"],
        relation=row["relation"],
        share=row["share"],
        issuer_id=row["issuer_id"],
        estimate=None if value is None else line_amount(times(base, *value)),
        how=" × ".join(map(plain, [base, *(value or [])])),
        table=row["table"],
        file=row["file"],
        row=row["row"],
        column="counted_by_investor" if linked else "stake",
    )


def _sort(row: dict[str, Any]) -> str:
    """Which base factor of Rule 8 A28 is the stake's: by how it is held, else by what the issuer is to the group."""
    if (row["held_as"] or row["issuer_relation"]) in ("joint_venture", "associate"):
        return "venture"
    return "insurance_subsidiary" if row["issuer_kind"] in INSURERS else "other_subsidiary"


def stake_findings(stakes: Iterable[HeldStake]) -> list[Finding]:
    """Each stake named with the estimate of the capital that it carries."""
    return [
        info(
            "stake-in-member-counted" if stake.estimate is not None else "stake-in-member-not-estimated",
            table=stake.table,
            file=stake.file,
            row=stake.row,
            column=stake.column,
            value="" if stake.estimate is None else plain(stake.estimate),
            expected="the capital that Rule 8 asks of the investor for it",
            group_id=stake.group_id,
            entity_id=stake.investor_id,
            period_end=stake.period_end,
            article="Rule 19 A16; Rule 8 A28",
            detail={"issuer": stake.issuer_id, "how": stake.how},
        )
        for stake in stakes
    ]


def taken_out(stakes: Iterable[HeldStake], rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    """What comes off the investors' lines where the reading of the day is to take it out, as rows of contributions.

    The investor's share holds for it as for its requirement. ``basis`` names the issuer.
    """
    for stake in stakes:
        if stake.estimate is None or rulebook.on(stake.period_end).value(READING) != TAKEN_OUT:
            continue
        own = less(ZERO, stake.estimate)
        yield {
            "group_id": stake.group_id,
            "period_end": stake.period_end,
            "line": stake.line,
            "entity_id": stake.investor_id,
            "relation": stake.relation,
            "share": stake.share,
            "own_amount": own,
            "amount": line_amount(times(stake.share, own)),
            "basis": stake.issuer_id,
            "table": stake.table,
            "file": stake.file,
            "row": stake.row,
            "column": stake.column,
            "article": "Rule 19 A16; Rule 8 A28",
        }
