"""Random groups of every type, as tables of text: what their statements are is nobody's idea but the law's.

Few companies, so that they meet; dates, bases, relations and kinds mixed; amounts around the limits. A seed gives the same
tables for ever. Nothing in them is an error: all that is odd here is allowed and has one right answer.
"""

from __future__ import annotations

from random import Random

from tests.oracle.plain_reading import Table, Tables
from tests.oracle.strategies import ASSETS, CLASSES, counterparties

DAYS = ("2022-12-31", "2023-06-30", "2023-12-31")
ASSESSED = {
    "2022-12-31": ("2019-09-30", "2022-03-31", "2022-12-31"),
    "2023-06-30": ("2023-03-31", "2023-06-30"),
    "2023-12-31": ("2023-09-30", "2023-12-31", "2024-03-31"),
}
"""From when a result may count that is drawn for a day: it stands until the next, and one after the last day not at all."""
GROUPS = (
    ("H", "insurance_holding", "HP"),
    ("L", "insurance_holding", ""),
    ("K", "insurance_holding", "KP"),
    ("N", "non_insurance_holding", "NP"),
    ("O", "non_insurance_holding", "OP"),
    ("M", "mixed", ""),
)
"""Group, type, parent: K, L, O and M list their members, the others have them from the register."""
KINDS = (
    "life",
    "property",
    "reinsurance",
    "asset_manager",
    "bank",
    "trust",
    "securities",
    "futures",
    "other",
)
TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)
MEASURES = {
    "bank": "risk_weighted_assets",
    "trust": "risk_capital",
    "securities": "risk_capital_reserve",
    "futures": "risk_capital_reserve",
}
CAPITAL_LINES = (*range(4, 12), 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, *range(27, 34), 35, 36, 37)


def random_set(seed: int) -> Tables:
    """One filing set of all :data:`GROUPS` over three half-years."""
    draw = Random(seed)
    kinds = {f"{group}{n}": draw.choice(KINDS) for group, *_ in GROUPS for n in range(7)}
    parents = {parent: draw.choice(("holding", "life", "bank")) for _, _, parent in GROUPS if parent}
    parents["NP"] = draw.choice(("other", "bank", "holding"))
    parents["OP"] = draw.choice(("other", "bank"))
    tables: Tables = {
        "groups": [
            {
                "group_id": group,
                "name": group,
                "type": sort,
                "parent_id": parent,
                "member_requirement": draw.choice(("", "whole", "quantifiable")),
                "controls_bank": draw.choice(("", "", "true", "false")),
            }
            for group, sort, parent in GROUPS
        ],
        "entities": [
            {"entity_id": entity, "name": entity, "kind": kind}
            for entity, kind in {**kinds, **parents, "X": "other"}.items()
        ],
        "ownership": [],
        "group_members": [],
    }
    for group, _, parent in GROUPS:
        companies = [entity for entity in kinds if entity.startswith(group)]
        _structure(draw, tables, group, parent, companies)
    for entity, kind in {**kinds, **parents}.items():
        _filings(draw, tables, entity, kind)
    for group, sort, parent in GROUPS:
        companies = [entity for entity in kinds if entity.startswith(group)] + [parent] * bool(parent)
        _accounts(draw, tables, group, sort)
        _dealings(draw, tables, group, companies)
    products = [party for party, sort in CLASSES.items() if sort == "group_product"]
    tables["counterparties"] = counterparties({p: draw.choice(["", "X", *kinds]) for p in products})
    return tables


def _structure(draw: Random, tables: Tables, group: str, parent: str, companies: list[str]) -> None:
    listed = group in ("K", "L", "O", "M")
    above = [parent] if parent else []
    for company in companies:
        relation = draw.choice(("subsidiary", "subsidiary", "joint_venture", "associate"))
        inside = [draw.choice(above)] if above else []
        if relation == "joint_venture" and above:
            inside = draw.sample(above, draw.randint(1, min(3, len(above))))
        stakes = [draw.choice(("0.1", "0.25", "0.299999", "0.2")) for _ in inside]
        on_list = listed and (relation != "associate" or not inside or draw.random() < 0.2)
        word = draw.choice(("", relation if inside and relation != "associate" else "subsidiary"))
        # Whom the list calls a joint venture somebody must hold on every day: without a stake that would be an error.
        for_ever = listed and word == "joint_venture"
        since = draw.choice(("2020-01-01", "2023-01-01", "2023-07-01"))
        until = draw.choice(("", "", "2023-12-30", "2023-12-31", "2023-06-30" if since < "2023-07" else ""))
        for owner, stake in zip([*inside, "X"], [*stakes, "0.1"], strict=True):
            bears = draw.choice(("", "", "false", "true")) if owner != "X" else ""
            tables["ownership"].append(
                {
                    "owner_id": owner,
                    "entity_id": company,
                    "valid_from": "2020-01-01" if for_ever else since,
                    "stake": stake,
                    "relation": relation if owner != "X" else "associate",
                    "valid_to": "" if for_ever else until,
                    "bears_shortfall": bears,
                }
            )
        if on_list:
            tables["group_members"] += _memberships(draw, group, company, word)
        above.append(company)
    if listed and not any(row["group_id"] == group for row in tables["group_members"]):
        tables["group_members"] += _memberships(draw, group, companies[0], "")
    if parent and group == "K" and draw.random() < 0.5:
        tables["group_members"] += _memberships(draw, group, parent, draw.choice(("parent", "")))


def _memberships(draw: Random, group: str, company: str, word: str) -> Table:
    """A company's rows in its group's list: for ever, for a time, or for two times of which the second may say more."""
    spans = draw.choice(
        (
            [("", "")],
            [("", "")],
            [("2023-01-01", "")],
            [("", "2023-06-30")],
            [("2020-01-01", "2022-12-31"), ("2023-12-31", "")],
            [("", "2023-06-29"), ("2023-07-01", "2023-12-30")],
        )
    )
    return [
        {
            "group_id": group,
            "entity_id": company,
            "relation": word if n == 0 else draw.choice(("", word)),
            "valid_from": since,
            "valid_to": until,
        }
        for n, (since, until) in enumerate(spans)
    ]


def _amount(draw: Random, most: int) -> str:
    return (
        f"{draw.randint(0, most * 10**6) / 10**6:.6f}" if draw.random() < 0.8 else str(draw.randint(0, most))
    )


def _filings(draw: Random, tables: Tables, entity: str, kind: str) -> None:
    solo, sector = tables.setdefault("solo_filings", []), tables.setdefault("sector_filings", [])
    files_as_insurer = kind in ("life", "property", "reinsurance") or draw.random() < 0.1
    for day in DAYS:
        if files_as_insurer:
            for basis in ("quarterly", "annual"):
                if draw.random() < 0.6:
                    tiers = [_amount(draw, most) for most in (50_000, 20_000, 20_000, 9_000)]
                    if draw.random() < 0.3:
                        tiers[draw.randrange(4)] = ""
                    units = sum(round(float(t or 0) * 10**6) for t in tiers)
                    units += draw.choice((0, 0, 10_000))  # as filings round
                    solo.append(
                        {
                            "entity_id": entity,
                            "kind": kind,
                            "period_end": day,
                            "basis": basis,
                            "actual_capital": f"{units // 10**6}.{units % 10**6:06}",
                            **dict(zip(TIERS, tiers, strict=True)),
                            "minimum_capital": draw.choice(
                                (_amount(draw, 40_000), _amount(draw, 400), "", "0", "-12.5")
                            ),
                            "quantifiable_risk_minimum_capital": draw.choice((_amount(draw, 40_000), "")),
                        }
                    )
        if draw.random() < 0.6:
            measure = draw.choice((MEASURES.get(kind, "set_minimum_capital"), "set_minimum_capital"))
            sector.append(
                {
                    "entity_id": entity,
                    "period_end": day,
                    "measure": measure,
                    "amount": _amount(draw, 90_000),
                    "required_ratio": draw.choice(("0.105", "0.08", "0.1133333"))
                    if measure == "risk_weighted_assets"
                    else "",
                    "actual_capital": draw.choice((_amount(draw, 30_000), "")),
                }
            )


def _figure(draw: Random, amount: str) -> str:
    """A consolidated figure, now and then zero or negative: the group is computed all the same."""
    return draw.choice((amount, amount, amount, amount, "0", f"-{amount}"))


def _accounts(draw: Random, tables: Tables, group: str, sort: str) -> None:
    for day in DAYS:
        if draw.random() < 0.9:
            tables.setdefault("group_financials", []).append(
                {
                    "group_id": group,
                    "period_end": day,
                    "total_assets": _figure(draw, f"{draw.randint(1, 900_000 * 10**6) / 10**6:.6f}"),
                    "net_assets": _figure(draw, str(draw.randint(20_000, 300_000))),
                    "income": _figure(draw, str(draw.randint(1_000, 400_000))),
                }
            )
        if draw.random() < 0.4:
            tables.setdefault("assessments", []).append(
                {
                    "group_id": group,
                    "entity_id": "",
                    "period_end": draw.choice(ASSESSED[day]),
                    "sarmra_score": f"{draw.randint(0, 10_000) / 100:.2f}",
                    "capped": draw.choice(("", "false", "true")),
                }
            )
        if sort != "insurance_holding":
            continue
        if draw.random() < 0.7:
            lines = draw.sample(CAPITAL_LINES, draw.randint(0, 20))
            amounts = {2: _amount(draw, 90_000)} | {
                n: ("-" if n in (4, 5, 7, 16) else "") + _amount(draw, 40_000) for n in lines
            }
            tables.setdefault("group_capital", []).extend(
                {"group_id": group, "period_end": day, "line": str(n), "amount": a}
                for n, a in amounts.items()
            )
        for basis in ("quarterly", "annual"):
            if draw.random() < 0.4:
                tiers = dict(zip(TIERS, (_amount(draw, 60_000) for _ in TIERS), strict=True))
                tables.setdefault("group_filings", []).append(
                    {"group_id": group, "period_end": day, "basis": basis, "actual_capital": "70000.5"}
                    | tiers
                )


def _dealings(draw: Random, tables: Tables, group: str, companies: list[str]) -> None:
    anybody = [*companies, "X"]

    def rows(name: str, most: int) -> tuple[Table, range]:
        return tables.setdefault(name, []), range(draw.randint(0, most))

    found, numbers = rows("guarantees", 8)
    for n in numbers:
        one, other = draw.choice(anybody), draw.choice(anybody)
        found.append(
            {
                "group_id": group,
                "guarantee_id": f"{group}{n}",
                "period_end": draw.choice(DAYS),
                "guarantor_id": one,
                "beneficiary_id": other,
                "balance": draw.choice((_amount(draw, 60_000), "500", "500.000001")),
            }
        )
    found, numbers = rows("internal_transactions", 8)
    for n in numbers:
        found.append(
            {
                "group_id": group,
                "transaction_id": f"{group}{n}",
                "from_id": draw.choice(anybody),
                "to_id": draw.choice(anybody),
                "traded_on": draw.choice(
                    ("2021-12-31", "2022-01-01", "2022-06-30", "2022-07-01", "2023-05-01", "2023-12-31")
                ),
                "type": "loan",
                "amount": _amount(draw, 60_000),
            }
        )
    found, numbers = rows("exposures", 40)
    for _ in numbers:
        issuer = draw.choice(("", *CLASSES, "未列", *anybody))
        body = draw.choice(("", *CLASSES, *anybody)) if issuer else draw.choice((*CLASSES, "未列", *anybody))
        found.append(
            {
                "entity_id": draw.choice(companies),
                "period_end": draw.choice(DAYS),
                "counterparty_id": body,
                "asset_class": draw.choice(ASSETS),
                "sector_scheme": draw.choice(("SWS", "GICS")),
                "sector": draw.choice(("", "银行", "Energy")),
                "carrying_amount": _amount(draw, 60_000),
                "separate_account": draw.choice(("", "", "false", "true")),
                "guarantor_id": draw.choice(("", "A", "国开行", "工行", "甲银行", *anybody)),
                "in_default": draw.choice(("", "true", "false")),
                "issuer_id": issuer,
            }
        )
    found, numbers = rows("customer_income", 12)
    for _ in numbers:
        found.append(
            {
                "entity_id": draw.choice(companies),
                "period_end": draw.choice(DAYS),
                "customer_id": draw.choice(("K", "客户", *companies)),
                "amount": draw.choice(("", "-")) + _amount(draw, 90_000),
            }
        )
    found, numbers = rows("capital_links", 6)
    links = {
        (
            draw.choice(companies),
            draw.choice(companies),
            draw.choice(("equity", "capital_debt")),
            draw.choice(DAYS),
        )
        for _ in numbers
    }
    for investor, issuer, instrument, day in sorted(links):
        found.append(
            {
                "investor_id": investor,
                "issuer_id": issuer,
                "instrument": instrument,
                "period_end": day,
                "counted_by_investor": _amount(draw, 9_000),
                "not_counted_by_issuer": draw.choice(("", _amount(draw, 9_000))),
                "tier": draw.choice(("", *TIERS)),
            }
        )
    found, numbers = rows("asset_transfers", 4)
    for n in numbers:
        found.append(
            {
                "transfer_id": f"{group}{n}",
                "from_id": draw.choice(companies),
                "to_id": draw.choice(companies),
                "period_end": draw.choice(DAYS),
                "value_at_transferee": _amount(draw, 9_000),
                "value_at_transferor": _amount(draw, 9_000),
            }
        )
