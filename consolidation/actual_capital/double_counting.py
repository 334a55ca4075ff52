"""Findings about capital that a group may count twice and no row eliminates (Rule 19 A39–A42, A85).

A stake between members of a group whose capital is added up stands in the investor's capital and in the issuer's. Without a
row of ``capital_links`` for that date nothing is taken out (A42(1)), so the stake is named with an estimate of the double
count. Capital debt between companies of any group is named because A85 forbids subscribing to it against the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.actual_capital.deduction_method import elimination_share
from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.intragroup import CapitalLinks
from consolidation.findings import Finding, Severity, from_rows, warning
from consolidation.money import ZERO, add, line_amount, plain, plain_text, times
from consolidation.results.schemas import Eliminations
from consolidation.rulebook import Rulebook
from consolidation.structure.membership import GroupPeriod
from consolidation.structure.ownership import Register, Stake, registers_on

_KEYS = ["group_id", "period_end", "entity_id"]


def stakes_without_link(
    filing_set: FilingSet,
    members: pl.DataFrame,
    own_capital: pl.DataFrame,
    rulebook: Rulebook,
) -> list[Finding]:
    """Every stake of a member in another on the period's end that ``capital_links`` does not have for that date.

    The estimate is the stake in the issuer's actual capital, by the share by which it would be taken out; none where the
    issuer's capital is not known. What an investor without actual capital holds is not in the group's sum.

    :param members: the members of the groups whose capital is added up, with their shares.
    :param own_capital: the same keys with ``actual_capital``, each member's own.
    """
    shares: dict[GroupPeriod, dict[str, Decimal]] = defaultdict(dict)
    for group_id, day, entity, share in members.select(*_KEYS, "share").iter_rows():
        shares[group_id, day][entity] = share
    capital = {
        (g, p, e): amount for g, p, e, amount in own_capital.select(*_KEYS, "actual_capital").iter_rows()
    }
    links = filing_set.table(CapitalLinks).filter(pl.col("instrument") == "equity")
    linked = set(links.select("period_end", "investor_id", "issuer_id").iter_rows())
    registers = registers_on(filing_set, {day for _, day in shares})
    findings = []
    for (group_id, day), of_member in shares.items():
        for first, stake in _between(of_member, registers[day]):
            investor, issuer = first.owner_id, first.entity_id
            if (day, investor, issuer) in linked:
                continue
            share = elimination_share(of_member[investor], of_member[issuer], rulebook.on(day))
            own = capital.get((group_id, day, issuer))
            held = capital.get((group_id, day, investor)) is not None
            findings.append(_stake_finding(group_id, day, first, stake, own if held else ZERO, share))
    return findings


def _between(members: Mapping[str, Decimal], register: Register) -> Iterator[tuple[Stake, Decimal]]:
    """Pairs of a holder and a held member: the first row of the register, and the sum of the holder's stakes."""
    for investor in sorted(members):
        by_issuer: dict[str, list[Stake]] = defaultdict(list)
        for stake in register.by_owner.get(investor, ()):
            if stake.entity_id in members and stake.entity_id != investor:
                by_issuer[stake.entity_id].append(stake)
        for rows in by_issuer.values():
            total = add(row.stake for row in rows)
            if total > 0:
                yield min(rows, key=lambda row: (row.file, row.row)), total


def _stake_finding(
    group_id: str, day: date, first: Stake, stake: Decimal, capital: Decimal | None, share: Decimal
) -> Finding:
    estimate = None if capital is None else line_amount(times(max(capital, ZERO), stake, share))
    factors = [stake, *([] if share == 1 else [share]), *([] if capital is None else [max(capital, ZERO)])]
    return warning(
        "stake-without-link" if estimate is not None else "stake-without-link-unknown",
        table="ownership",
        file=first.file,
        row=first.row,
        column="stake",
        value="" if estimate is None else plain(estimate),
        expected=f"a row of capital_links: {first.owner_id}, {first.entity_id}, equity, {day.isoformat()}",
        group_id=group_id,
        entity_id=first.owner_id,
        period_end=day,
        article="Rule 19 A41, A42(1)",
        detail={"issuer": first.entity_id, "how": " × ".join(plain(factor) for factor in factors)},
    )


def members_below_zero(held: pl.DataFrame) -> list[Finding]:
    """Members whose actual capital is below zero: it lowers the group's, by the member's share (A39).

    :param held: the members' keys, share, ``actual_capital``, and where each was read.
    """
    return from_rows(
        Severity.WARNING,
        "member-capital-below-zero",
        held.filter(pl.col("actual_capital") < 0),
        table=pl.col("table"),
        column="actual_capital",
        value=plain_text(pl.col("actual_capital")),
        expected="more than zero",
        article="Rule 19 A39",
        detail={"share": plain_text(pl.col("share"))},
    )


def capital_debt(
    filing_set: FilingSet, companies: pl.DataFrame, eliminations: dy.DataFrame[Eliminations]
) -> list[Finding]:
    """Every capital debt between companies of one group, and how much of it is taken out as counted twice.

    In a group whose statements are consolidated, and where one of the two is no member, that is nothing.

    :param companies: group, period and company, members or not.
    :param eliminations: frame of ``results.schemas.Eliminations``.
    """
    links = filing_set.table(CapitalLinks).filter(pl.col("instrument") == "capital_debt")
    if links.is_empty():
        return []
    together: dict[tuple[date, str], set[str]] = defaultdict(set)
    for group_id, day, entity in companies.select(_KEYS).iter_rows():
        together[day, entity].add(group_id)
    taken_out = {
        (group_id, file, row): amount
        for group_id, file, row, amount in eliminations.filter(table="capital_links")
        .select("group_id", "file", "row", "amount")
        .iter_rows()
    }
    findings = []
    for row in links.sort("source_file", "source_row").iter_rows(named=True):
        day, file, number = row["period_end"], row["source_file"], row["source_row"]
        for group_id in sorted(together[day, row["investor_id"]] & together[day, row["issuer_id"]]):
            findings.append(
                warning(
                    "capital-debt-between-members",
                    table="capital_links",
                    file=file,
                    row=number,
                    column="counted_by_investor",
                    value=plain(taken_out.get((group_id, file, number), ZERO)),
                    expected="no capital debt between companies of the group, or the rule that allows it",
                    group_id=group_id,
                    entity_id=row["investor_id"],
                    period_end=day,
                    article="Rule 19 A85, A42(2)",
                    detail={"issuer": row["issuer_id"], "counted": plain(row["counted_by_investor"])},
                )
            )
    return findings
