"""Random filing sets for property tests: few names, so that they meet; amounts around the limits, so that these matter."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.build import COLUMNS, DAY
from tests.oracle.plain_reading import Table, Tables

COMPANIES = ("S1", "S2", "S3", "B1", "J1", "T1", "T2")
"""Companies of two groups; B1 is a bank, J1 a joint venture of the first and a subsidiary of the second."""
PARTIES = (
    "甲银行", "国开行", "工行", "平台", "期货所", "产品", "产品G", "产品H", "产品J", "A", "B", "未列", "S2", "J1", "T1",
)  # fmt: skip
CLASSES = {
    "甲银行": "joint_stock_bank",
    "国开行": "policy_bank",
    "工行": "state_owned_bank",
    "平台": "government_supported",
    "期货所": "exchange",
    "产品": "group_product",
    "产品G": "group_product",
    "产品H": "group_product",
    "产品J": "group_product",
    "A": "other",
    "B": "other",
}
MANAGERS = {"产品G": "S3", "产品H": "T2", "产品J": "J1"}
"""Whose the products are; of 产品 it is not said."""
ASSETS = (
    "deposit",
    "government_bond",
    "corporate_bond",
    "financial_bond",
    "equity",
    "fund",
    "asset_management_product",
    "loan",
    "receivable",
    "derivative",
    "investment_property",
    "reinsurance",
)
DAYS = ("2023-06-30", "2023-12-31")

amount = st.decimals(0, 90_000, places=6, allow_nan=False).map(lambda d: f"{d:f}")
or_empty = st.sampled_from(("", *PARTIES))
yes_no = st.sampled_from(("", "true", "false"))


@st.composite
def position(draw: st.DrawFn) -> dict[str, str]:
    """One position that can be measured: who owes it can be known."""
    issuer = draw(or_empty)
    body = draw(or_empty if issuer else st.sampled_from(PARTIES))
    return {
        "entity_id": draw(st.sampled_from(COMPANIES)),
        "period_end": draw(st.sampled_from(DAYS)),
        "counterparty_id": body,
        "asset_class": draw(st.sampled_from(ASSETS)),
        "sector_scheme": draw(st.sampled_from(("SWS", "GICS"))),
        "sector": draw(st.sampled_from(("", "银行", "Energy", "银行/证券"))),
        "carrying_amount": draw(amount),
        "separate_account": draw(yes_no),
        "guarantor_id": draw(or_empty),
        "in_default": draw(yes_no),
        "issuer_id": issuer,
    }


def counterparties(managers: dict[str, str]) -> Table:
    """The rows of ``counterparties``."""
    return [
        {"counterparty_id": p, "name": p, "class": c, "manager_id": managers.get(p, "")}
        for p, c in CLASSES.items()
    ]


def _table(name: str, *columns: st.SearchStrategy[str]) -> st.SearchStrategy[Table]:
    """Rows of a table whose second column is an id that no two share."""
    names = COLUMNS[name].split()
    row = st.tuples(*columns).map(lambda cells: dict(zip(names, cells, strict=True)))
    key = names[1]
    return st.lists(row, max_size=8).map(lambda rs: [{**r, key: str(n)} for n, r in enumerate(rs)])


_group = st.sampled_from(("G", "H"))
_company = st.sampled_from((*COMPANIES, "外人"))
_larger = st.decimals(0, 60_000, places=2).map(lambda d: f"{d:f}")
_traded = st.integers(0, 800).map(lambda back: (DAY - timedelta(days=back)).isoformat())
_border = st.sampled_from(
    ("2022-12-31", "2023-01-01", "2022-06-30", "2022-07-01", "2023-06-30", "2023-12-31")
)

guarantees = _table(
    "guarantees", _group, st.just(""), st.sampled_from(DAYS), _company, _company, _larger | st.just("500")
)
transactions = _table(
    "internal_transactions",
    _group,
    st.just(""),
    _company,
    _company,
    _traded | _border,
    st.just("loan"),
    _larger,
)
income = st.lists(
    st.tuples(
        st.sampled_from(COMPANIES),
        st.sampled_from(DAYS),
        st.sampled_from(("客户", "K", "S2", "J1")),
        st.decimals(-30_000, 120_000, places=6).map(lambda d: f"{d:f}"),
    ),
    max_size=10,
).map(lambda rs: [dict(zip(COLUMNS["customer_income"].split(), r, strict=True)) for r in rs])


@st.composite
def filing_set(draw: st.DrawFn, most_positions: int = 25) -> Tables:
    """Two groups that share companies, two periods, all tables of group-specific risk."""
    positive = st.decimals(100_000, 900_000, places=6).map(lambda d: f"{d:f}")
    figures = st.one_of(positive, positive, positive, st.sampled_from(("0", "-0.000001", "-250000.5")))
    kinds = {"B1": "bank", "外人": "other"}
    return {
        "groups": [
            {
                "group_id": group,
                "name": group,
                "type": draw(st.sampled_from(("insurance_holding", "non_insurance_holding", "mixed"))),
                "parent_id": "",
            }
            for group in ("G", "H")
        ],
        "entities": [{"entity_id": c, "name": c, "kind": kinds.get(c, "life")} for c in (*COMPANIES, "外人")],
        "group_members": [
            {"group_id": g, "entity_id": c, "relation": relation}
            for g, c, relation in (
                ("G", "S1", "subsidiary"),
                ("G", "S2", ""),
                ("G", "S3", "subsidiary"),
                ("G", "J1", "joint_venture"),
                ("H", "T1", "subsidiary"),
                ("H", "T2", "subsidiary"),
                ("H", "S2", "subsidiary"),
                ("H", "J1", "subsidiary"),
                *((("H", "B1", "subsidiary"),) if draw(st.booleans()) else ()),
            )
        ],
        "group_financials": [
            {
                "group_id": group,
                "period_end": day,
                "total_assets": draw(figures),
                "net_assets": draw(figures),
                "income": draw(figures),
            }
            for group in ("G", "H")
            for day in ("2022-12-31", *DAYS)
        ],
        "counterparties": counterparties(MANAGERS),
        "exposures": draw(st.lists(position(), max_size=most_positions)),
        "guarantees": draw(guarantees),
        "internal_transactions": draw(transactions),
        "customer_income": draw(income),
        "solo_filings": [
            {
                "entity_id": c,
                "kind": "life",
                "period_end": day,
                "basis": "quarterly",
                "actual_capital": "10",
                "minimum_capital": "5",
            }
            for c in ("S1", "T1")
            for day in DAYS
        ],
    }


def more_of(position: dict[str, str], amount: Decimal) -> dict[str, str]:
    """The same position with so much more."""
    return {**position, "carrying_amount": f"{Decimal(position['carrying_amount']) + amount:f}"}
