"""Positions of one company against counterparties of every class."""

from __future__ import annotations

from tests.build import one_group, rows
from tests.oracle.plain_reading import Tables

COUNTERPARTIES = rows(
    "counterparties",
    "BANK,Bank,joint_stock_bank",
    "A,A,other",
    "ICBC,ICBC,state_owned_bank",
    "PB,Policy bank,policy_bank",
    "GS,Railways,government_supported",
    "EX,Futures exchange,exchange",
    "GOV,Treasury,government",
    "OWN,Product of the parent,group_product,P",
    "THEIRS,Product of another group,group_product,AM",
    "NOBODYS,Product of nobody knows whom,group_product",
)

ISSUED = ("deposit", "equity", "financial_bond", "corporate_bond", "fund", "asset_management_product")
NOT_ISSUED = ("loan", "receivable", "derivative", "reinsurance", "other")
"""Of a policy bank, a government-supported body and a large state-owned bank: what is left out, and what is not."""


def held(*lines: str) -> Tables:
    """Positions of S at 2023-12-31: counterparty, asset class, scheme, sector, amount, and further columns."""
    return one_group(
        exposures=rows("exposures", *(f"S,2023-12-31,{line}" for line in lines)),
        counterparties=COUNTERPARTIES,
    )
