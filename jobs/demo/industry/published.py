"""The statements that the groups publish: ``group_filings``, and line by line ``group_filing_lines``.

Written as a group's finance department would do it, company by company with plain sums over the sound tables, and on
purpose without the engine: what ``rule19 consolidate`` computes from the files must come out the same, except where a
fault was planted. Figures are published to the cent, ratios to four places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.minimum_capital.control_risk import control_risk_factor, effective_score
from consolidation.money import ZERO, add, line_amount, ratio, square_root, times
from consolidation.rulebook import Rulebook, RulesInForce
from jobs.demo.industry.accounts import Filed, Lines, Row
from jobs.demo.industry.companies import GROUPS, INSURER, Group, kind_of, members_on
from jobs.demo.industry.numbers import HALF_YEARS, cents, four_places, tiers_of
from jobs.demo.industry.parties import CLASS, MANAGER
from jobs.demo.industry.positions import Position
from jobs.demo.industry.sectors import own_requirement
from jobs.demo.industry.solos import TIERS

COLUMNS = (
    "group_id", "period_end", "basis", "actual_capital", *TIERS, "minimum_capital", "quantifiable_risk_minimum_capital",
    "control_risk_minimum_capital", "core_surplus", "comprehensive_surplus", "core_solvency_ratio",
    "comprehensive_solvency_ratio",
)  # fmt: skip

_SUBTRACTED = (23, 33, 37)
_TIER_PARTS = (
    (2, *range(4, 12), *range(13, 18)),
    (20, 21, 22, 23, 24, 25),
    (*range(27, 33), 33),
    (35, 36, 37),
)
"""Annex 10, actual capital: the lines with an amount of their own, by tier."""

GroupPeriod = tuple[str, date]
Sums = dict[str, Decimal]


@dataclass(frozen=True)
class Books:
    """Everything the groups' finance departments look into: the sound tables."""

    solos: Filed
    sectors: Filed
    financials: Mapping[GroupPeriod, Row]
    capital: Mapping[GroupPeriod, Lines]
    guarantees: Sequence[Row]
    transactions: Sequence[Row]
    links: Sequence[Row]
    transfers: Sequence[Row]
    customers: Sequence[Row]
    holdings: Mapping[GroupPeriod, tuple[Sums, Sums]]


def group_filings(books: Books, rulebook: Rulebook) -> list[Row]:
    """The published statement of every group that publishes, by half-year."""
    return [
        published(group, day, books, rulebook.on(day))
        for group in GROUPS
        if group.publishes
        for day in HALF_YEARS
    ]


LINE_OF_KIND = {
    "bank": "bank_members_minimum_capital",
    "securities": "securities_members_minimum_capital",
    "futures": "securities_members_minimum_capital",
    "trust": "trust_members_minimum_capital",
}
"""Where a member that is no insurer stands in Annex 10, if not with the others."""


def group_filing_lines(books: Books, rulebook: Rulebook) -> list[Row]:
    """What the requirement of every published statement is made of, as far as it is not nought."""
    return [
        {
            "group_id": group.id,
            "period_end": day,
            "basis": "annual" if day.month == 12 else "quarterly",
            "line": line,
            "amount": cents(amount),
        }
        for group in GROUPS
        if group.publishes
        for day in HALF_YEARS
        for line, amount in published_lines(group, day, books, rulebook.on(day)).items()
        if amount
    ]


def published_lines(group: Group, day: date, books: Books, law: RulesInForce) -> Sums:
    """The members' lines and the group-specific ones of one statement."""
    lines: Sums = defaultdict(Decimal)
    for member in members_on(group, day):
        own = own_minimum_capital(member.id, day, books)
        if own is not None:
            kind = kind_of(member.id)
            insurer = "insurance_members_minimum_capital" if member.id in INSURER else None
            line = insurer or LINE_OF_KIND.get(kind, "other_members_minimum_capital")
            if member.relation == "parent":
                line = "parent_minimum_capital"
            lines[line] += times(member.requirement_share, own)
    counterparty, sector, customer = concentration(group, day, books, law)
    lines["contagion_risk_minimum_capital"] = contagion(group, day, books, law)
    lines["counterparty_concentration_minimum_capital"] = counterparty
    lines["sector_concentration_minimum_capital"] = sector
    lines["customer_concentration_minimum_capital"] = customer
    lines["concentration_risk_minimum_capital"] = square_root((counterparty + sector) ** 2 + customer**2)
    lines["group_specific_risk_minimum_capital"] = specific_risk(group, day, books, law)
    return lines


def published(group: Group, day: date, books: Books, law: RulesInForce) -> Row:
    """One group's statement as it stands on its website."""
    tiers = capital_tiers(group, day, books)
    quantifiable = line_amount(
        add([members_requirement(group, day, books), specific_risk(group, day, books, law)])
    )
    control = line_amount(times(_control_factor(group, day, law), quantifiable))
    return with_solvency(
        {
            "group_id": group.id,
            "period_end": day,
            "basis": "annual" if day.month == 12 else "quarterly",
            **{name: cents(amount) for name, amount in zip(TIERS, tiers, strict=True)},
            "minimum_capital": cents(quantifiable + control),
            "quantifiable_risk_minimum_capital": cents(quantifiable),
            "control_risk_minimum_capital": cents(control),
        },
        law,
    )


def with_solvency(row: Row, law: RulesInForce) -> Row:
    """The row with actual capital, surpluses and ratios that follow from its tiers and its requirement."""
    core1, core2, _, _ = tiers = tiers_of(row)
    actual, required = sum(tiers), row["minimum_capital"]
    row |= {
        "actual_capital": actual,
        "core_surplus": cents(core1 + core2 - times(law.number("solvency.core_minimum_ratio"), required)),
        "comprehensive_surplus": cents(
            actual - times(law.number("solvency.comprehensive_minimum_ratio"), required)
        ),
        "core_solvency_ratio": four_places(ratio(core1 + core2, required)),
        "comprehensive_solvency_ratio": four_places(ratio(Decimal(actual), required)),
    }
    return {column: row[column] for column in COLUMNS}


def score_on(group: Group, day: date) -> Decimal | None:
    """The group's assessment score on ``day``; none before its first assessment."""
    return Decimal(group.score) if group.score and day >= group.assessed_from else None


def _control_factor(group: Group, day: date, law: RulesInForce) -> Decimal:
    score = score_on(group, day)
    if score is None:
        return law.number("control_risk.factor_before_assessment")
    return control_risk_factor(effective_score(score, group.capped, law), law)


def members_requirement(group: Group, day: date, books: Books) -> Decimal:
    """Every member's own minimum capital, joint ventures by share (A16–A19)."""
    parts = []
    for member in members_on(group, day):
        own = own_minimum_capital(member.id, day, books)
        if own is not None:
            parts.append(times(member.requirement_share, own))
    return add(parts)


def own_minimum_capital(company: str, day: date, books: Books) -> Decimal | None:
    """What a company needs by its own rules: an insurer's filing, else that of another supervisor, if it files at all."""
    if (filed := books.solos.get((company, day))) is not None:
        required: Decimal = filed["minimum_capital"]
        return required
    filed = books.sectors.get((company, day))
    return None if filed is None else own_requirement(filed)


def capital_tiers(group: Group, day: date, books: Books) -> list[Decimal]:
    """The four tiers: from the capital sheet (A37–A38), or the members' added up less what counts twice (A39–A43)."""
    if group.type == "insurance_holding":
        sheet = books.capital[group.id, day]
        return [
            add(-sheet.get(n, ZERO) if n in _SUBTRACTED else sheet.get(n, ZERO) for n in lines)
            for lines in _TIER_PARTS
        ]
    tiers = [ZERO] * len(TIERS)
    members = {member.id: member.share for member in members_on(group, day)}
    for company, share in members.items():
        if company in INSURER:
            own = tiers_of(books.solos[company, day])
        else:
            own = (books.sectors[company, day]["actual_capital"], ZERO, ZERO, ZERO)
        tiers = [add([tier, times(share, part)]) for tier, part in zip(tiers, own, strict=True)]
    for link in books.links:
        if link["period_end"] == day and link["investor_id"] in members and link["issuer_id"] in members:
            twice = max(link["counted_by_investor"] - (link["not_counted_by_issuer"] or ZERO), ZERO)
            # An investor that counts by share brought no more than that into the sum (A41).
            tiers[TIERS.index(link["tier"])] -= times(members[link["investor_id"]], twice)
    for sale in books.transfers:
        if sale["period_end"] == day and sale["from_id"] in members and sale["to_id"] in members:
            tiers[0] -= max(sale["value_at_transferee"] - sale["value_at_transferor"], ZERO)
    return tiers


def specific_risk(group: Group, day: date, books: Books, law: RulesInForce) -> Decimal:
    """Contagion and concentration (A20–A33)."""
    counterparty, sector, customer = concentration(group, day, books, law)
    return add([contagion(group, day, books, law), square_root((counterparty + sector) ** 2 + customer**2)])


def contagion(group: Group, day: date, books: Books, law: RulesInForce) -> Decimal:
    """Material guarantees and transactions above the limit, times the factor with K (A21–A24)."""
    members = {member.id for member in members_on(group, day)}
    net_assets = books.financials[group.id, day]["net_assets"]
    last_year_end = books.financials[group.id, date(day.year - 1, 12, 31)]["net_assets"]
    year_ago = day.replace(year=day.year - 1)
    least, above = (
        times(law.number("contagion.materiality_share"), last_year_end),
        law.number("contagion.materiality_amount"),
    )

    def charge(amounts: Iterable[Decimal], factor: str) -> Decimal:
        material = add(a for a in amounts if a >= least and a > above)
        return times(
            _above(material, law.number("contagion.limit"), net_assets),
            law.number(factor),
            1 + _characteristic(group, day, law),
        )

    given = (
        g["balance"]
        for g in books.guarantees
        if g["period_end"] == day and {g["guarantor_id"], g["beneficiary_id"]} <= members
    )
    traded = (
        t["amount"]
        for t in books.transactions
        if year_ago < t["traded_on"] <= day and {t["from_id"], t["to_id"]} <= members
    )
    return line_amount(
        add(
            [
                charge(given, "contagion.guarantee_base_factor"),
                charge(traded, "contagion.transaction_base_factor"),
            ]
        )
    )


def _characteristic(group: Group, day: date, law: RulesInForce) -> Decimal:
    with_bank = any(kind_of(member.id) == "bank" for member in members_on(group, day))
    k1 = law.number("contagion.k1_with_bank") if with_bank else ZERO
    total = k1 + law.value("contagion.k2")[group.type]
    return max(law.number("characteristic.minimum"), min(total, law.number("characteristic.maximum")))


def concentration(
    group: Group, day: date, books: Books, law: RulesInForce
) -> tuple[Decimal, Decimal, Decimal]:
    """Counterparty, sector and customer concentration (A26–A33), each rounded as its line is."""
    books_of = books.financials[group.id, day]
    by_party, by_sector = books.holdings[group.id, day]
    limits, factors = (
        law.value("concentration.counterparty_limit"),
        law.value("concentration.counterparty_base_factor"),
    )
    counterparty = []
    for party, amount in by_party.items():
        sort = "joint_stock_bank" if CLASS.get(party) == "joint_stock_bank" else "other"
        counterparty.append(times(_above(amount, limits[sort], books_of["total_assets"]), factors[sort]))
    sector = (
        _above(amount, law.number("concentration.sector_limit"), books_of["total_assets"])
        for amount in by_sector.values()
    )
    consolidated = {member.id for member in members_on(group, day) if member.consolidated}
    income: Sums = defaultdict(Decimal)
    for row in books.customers:
        if (
            row["period_end"] == day
            and row["entity_id"] in consolidated
            and row["customer_id"] not in consolidated
        ):
            income[row["customer_id"]] += row["amount"]
    customer = (
        _above(amount, law.number("concentration.customer_limit"), books_of["income"])
        for amount in income.values()
    )
    return (
        line_amount(add(counterparty)),
        line_amount(times(add(sector), law.number("concentration.sector_base_factor"))),
        line_amount(times(add(customer), law.number("concentration.customer_base_factor"))),
    )


def _above(amount: Decimal, limit: Decimal, base: Decimal) -> Decimal:
    return max(amount - max(times(limit, base), ZERO), ZERO)


def holdings(positions: Iterable[Position], rulebook: Rulebook) -> dict[GroupPeriod, tuple[Sums, Sums]]:
    """What each group holds by counterparty and by sector, after the exclusions and without what members owe members."""
    found: dict[GroupPeriod, tuple[Sums, Sums]] = {
        (g.id, d): (defaultdict(Decimal), defaultdict(Decimal)) for g in GROUPS for d in HALF_YEARS
    }
    members = {
        (g.id, d): {m.id for m in members_on(g, d) if m.consolidated} for g in GROUPS for d in HALF_YEARS
    }
    companies_of = {(g.id, d): {m.id for m in members_on(g, d)} for g in GROUPS for d in HALF_YEARS}
    products = {d: rulebook.on(d).value("concentration.issued_products") for d in HALF_YEARS}
    group_of = {(entity, d): g for (g, d), entities in members.items() for entity in entities}
    rules = {
        d: [rulebook.on(d).value(f"concentration.{test}_exclusions") for test in ("counterparty", "sector")]
        for d in HALF_YEARS
    }
    for position in positions:
        day = position.period_end
        group = group_of.get((position.entity_id, day))
        issuer = position.counterparty_id or position.issuer_id
        if group is None or issuer in members[group, day]:
            continue
        party = _party(position, issuer, members[group, day])
        by_party, by_sector = found[group, day]
        no_party, no_sector = rules[day]
        companies = companies_of[group, day]
        if party and not _excluded(position, issuer, companies, no_party, products[day]):
            by_party[party] += position.carrying_amount
        if position.sector and not _excluded(position, issuer, companies, no_sector, products[day]):
            by_sector[f"{position.sector_scheme} {position.sector}"] += position.carrying_amount
    return found


def _party(position: Position, issuer: str | None, members: set[str]) -> str | None:
    """The guarantor of a debtor that has defaulted, unless the group is that itself; else who issued the position (A28)."""
    guarantor = position.guarantor_id
    return guarantor if position.in_default and guarantor and guarantor not in members else issuer


def _excluded(
    position: Position,
    issuer: str | None,
    companies: set[str],
    rules: Iterable[Mapping[str, Any]],
    products: tuple[str, ...],
) -> bool:
    """Whether a rule leaves the position out, by who issued it (A26, A29)."""
    manager = MANAGER.get(issuer or "", "")
    of_the_group = manager == "" or manager in companies
    return any(
        ("asset_class" not in rule or position.asset_class in rule["asset_class"])
        and ("products" not in rule or position.asset_class in products)
        and ("issuer_class" not in rule or CLASS.get(issuer or "", "other") in rule["issuer_class"])
        and ("separate_account" not in rule or position.separate_account == rule["separate_account"])
        and ("own_manager" not in rule or of_the_group == rule["own_manager"])
        for rule in rules
    )
