"""Rule 19 A20–A33 read once more, in plain Python: one loop a sentence, no frame, nothing shared with the engine.

Tables are lists of dicts of text, as they stand in CSV. ``outside`` is none of a filing set: the companies of a group that
are no members. Slow and literal on purpose.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

Table = list[dict[str, str]]
Tables = dict[str, Table]

SIX_PLACES = Decimal("0.000001")


def charges(tables: Tables, group_id: str, day: date) -> dict[str, Decimal]:
    """The four charges of a group; zero where there is nothing to measure."""
    with localcontext() as exact:
        exact.prec = 200
        found = {
            "contagion": contagion(tables, group_id, day),
            "counterparty": counterparties(tables, group_id, day),
            "sector": sectors(tables, group_id, day),
            "customer": customers(tables, group_id, day),
        }
        return {name: amount.quantize(SIX_PLACES, ROUND_HALF_EVEN) for name, amount in found.items()}


def of(tables: Tables, table: str, **where: str) -> Table:
    return [row for row in tables.get(table, []) if all(row[name] == value for name, value in where.items())]


def figure(tables: Tables, group_id: str, day: date, name: str) -> Decimal | None:
    rows = of(tables, "group_financials", group_id=group_id, period_end=day.isoformat())
    return Decimal(rows[0][name]) if rows else None


def contagion(tables: Tables, group_id: str, day: date) -> Decimal:
    members = [row["entity_id"] for row in of(tables, "group_members", group_id=group_id)]
    net_assets = figure(tables, group_id, day, "net_assets")
    last_year = figure(tables, group_id, date(day.year - 1, 12, 31), "net_assets")
    if net_assets is None or last_year is None:
        return Decimal(0)
    group = of(tables, "groups", group_id=group_id)[0]
    group_type = group["type"]
    in_group = members + [row["entity_id"] for row in of(tables, "outside", group_id=group_id)]
    kinds = [of(tables, "entities", entity_id=m)[0]["kind"] for m in in_group]
    k = Decimal("0.1") if "bank" in kinds or group.get("controls_bank") == "true" else Decimal(0)
    k += {"insurance_holding": Decimal(0), "non_insurance_holding": Decimal("0.1"), "mixed": Decimal("0.2")}[
        group_type
    ]
    k = min(max(k, Decimal("-0.25")), Decimal("0.25"))

    guarantees = [
        Decimal(row["balance"])
        for row in of(tables, "guarantees", group_id=group_id, period_end=day.isoformat())
        if row["guarantor_id"] in members
        and row["beneficiary_id"] in members
        and row["guarantor_id"] != row["beneficiary_id"]
    ]
    year_ago = date(day.year - 1, day.month, day.day)
    transactions = [
        Decimal(row["amount"])
        for row in of(tables, "internal_transactions", group_id=group_id)
        if row["from_id"] in members
        and row["to_id"] in members
        and row["from_id"] != row["to_id"]
        and year_ago < date.fromisoformat(row["traded_on"]) <= day
    ]
    total = Decimal(0)
    for amounts in (guarantees, transactions):
        material = [a for a in amounts if a >= last_year / 100 and a > 500]
        exposure = max(sum(material, Decimal(0)) - max(net_assets, Decimal(0)) / 5, Decimal(0))
        total += exposure * Decimal("0.1") * (1 + k)
    return total


def consolidated(tables: Tables, group_id: str) -> list[str]:
    return [
        row["entity_id"]
        for table in ("group_members", "outside")
        for row in of(tables, table, group_id=group_id)
        if row["relation"] != "joint_venture"
    ]


def class_of(tables: Tables, party: str) -> str:
    listed = of(tables, "counterparties", counterparty_id=party)
    return listed[0]["class"] if listed else "other"


def issuer_of(row: dict[str, str]) -> str:
    """Who issued a position: the financing body, or the issuer of a product of which nobody knows it."""
    return row["counterparty_id"] or row["issuer_id"]


def counterparty_of(tables: Tables, group_id: str, row: dict[str, str]) -> str:
    """Who owes it: the guarantor of a debtor in default, unless that is the group itself; else who issued it."""
    guarantor = row["guarantor_id"]
    if row["in_default"] == "true" and guarantor and guarantor not in consolidated(tables, group_id):
        return guarantor
    return issuer_of(row)


def positions(tables: Tables, group_id: str, day: date) -> Table:
    """The positions of the consolidated statements: what the group holds against itself is eliminated."""
    companies = consolidated(tables, group_id)
    return [
        row
        for row in of(tables, "exposures", period_end=day.isoformat())
        if row["entity_id"] in companies and issuer_of(row) not in companies
    ]


def left_out_of_both(tables: Tables, group_id: str, row: dict[str, str]) -> bool:
    """What (一) to (六) of A26 and of A29 have in common."""
    issuer = issuer_of(row)
    sort = class_of(tables, issuer)
    if row["asset_class"] == "government_bond":
        return True
    if sort in ("policy_bank", "government_supported", "state_owned_bank"):
        products = (
            "deposit",
            "equity",
            "financial_bond",
            "corporate_bond",
            "fund",
            "asset_management_product",
        )
        if row["asset_class"] in products:
            return True
    if sort == "group_product":
        manager = of(tables, "counterparties", counterparty_id=issuer)[0]["manager_id"]
        if manager == "" or manager in companies(tables, group_id):
            return True
    return row["separate_account"] == "true"


def companies(tables: Tables, group_id: str) -> list[str]:
    """All companies of the group, joint ventures too."""
    return [
        row["entity_id"]
        for table in ("group_members", "outside")
        for row in of(tables, table, group_id=group_id)
    ]


def counterparties(tables: Tables, group_id: str, day: date) -> Decimal:
    total_assets = figure(tables, group_id, day, "total_assets")
    if total_assets is None:
        return Decimal(0)
    total_assets = max(total_assets, Decimal(0))  # no limit is below zero
    exposure: dict[tuple[str, str], Decimal] = {}
    for row in positions(tables, group_id, day):
        created_by_an_exchange = (
            row["asset_class"] == "derivative" and class_of(tables, issuer_of(row)) == "exchange"
        )
        if (
            not left_out_of_both(tables, group_id, row)
            and row["asset_class"] != "investment_property"
            and not created_by_an_exchange
        ):
            party = counterparty_of(tables, group_id, row)
            sort = class_of(tables, party)
            exposure[party, sort] = exposure.get((party, sort), Decimal(0)) + Decimal(row["carrying_amount"])
    charge = Decimal(0)
    for (_, sort), amount in exposure.items():
        if sort == "joint_stock_bank":
            charge += max(amount - total_assets * 5 / 100, Decimal(0)) * 3 / 100
        else:
            charge += max(amount - total_assets * 3 / 100, Decimal(0)) * 5 / 100
    return charge


def sectors(tables: Tables, group_id: str, day: date) -> Decimal:
    total_assets = figure(tables, group_id, day, "total_assets")
    if total_assets is None:
        return Decimal(0)
    total_assets = max(total_assets, Decimal(0))  # no limit is below zero
    exposure: dict[tuple[str, str], Decimal] = {}
    for row in positions(tables, group_id, day):
        left_out = left_out_of_both(tables, group_id, row) or row["asset_class"] == "reinsurance"
        if not left_out and row["sector"]:
            key = row["sector_scheme"], row["sector"]
            exposure[key] = exposure.get(key, Decimal(0)) + Decimal(row["carrying_amount"])
    return sum(
        (max(a - total_assets / 10, Decimal(0)) * 5 / 100 for a in exposure.values()), start=Decimal(0)
    )


def customers(tables: Tables, group_id: str, day: date) -> Decimal:
    income = figure(tables, group_id, day, "income")
    if income is None:
        return Decimal(0)
    income = max(income, Decimal(0))
    companies = consolidated(tables, group_id)
    of_customer: dict[str, Decimal] = {}
    for row in of(tables, "customer_income", period_end=day.isoformat()):
        if row["entity_id"] in companies and row["customer_id"] not in companies:
            customer = row["customer_id"]
            of_customer[customer] = of_customer.get(customer, Decimal(0)) + Decimal(row["amount"])
    return sum((max(a - income * 3 / 10, Decimal(0)) / 10 for a in of_customer.values()), start=Decimal(0))
