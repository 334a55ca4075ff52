"""The tables of what companies owe, sell and hold of one another (A23, A24, A41, A43)."""

from __future__ import annotations

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.columns import TIERS
from consolidation.filing_set.schemas.traced import Traced


class Guarantees(Traced):
    """Guarantees between companies at a period's end, 万元 (A23)."""

    group_id = c.key("the group")
    guarantee_id = c.key("the guarantee")
    period_end = c.key_period()
    guarantor_id = c.id_of("who guarantees")
    beneficiary_id = c.id_of("for whom")
    balance = c.amount_not_negative("the balance guaranteed")


class InternalTransactions(Traced):
    """Transactions between companies, one row each, 万元 (A24)."""

    group_id = c.key("the group")
    transaction_id = c.key("the transaction")
    from_id = c.id_of("one side")
    to_id = c.id_of("the other side")
    traded_on = c.day("the day of the transaction")
    type = c.text("what it was")
    amount = c.amount_not_negative("its amount")


class CapitalLinks(Traced):
    """Capital that one company holds of another, 万元: what would count twice in the group (A41)."""

    investor_id = c.key("who holds the instrument")
    issuer_id = c.key("who issued it")
    instrument = c.key_choice("what it is", "equity", "capital_debt")
    period_end = c.key_period()
    counted_by_investor = c.amount_not_negative("what the investor counts in its own actual capital")
    not_counted_by_issuer = c.optional(
        c.amount_not_negative("of a capital debt, what the issuer may not count")
    )
    tier = c.optional(
        c.choice(
            "the issuer's tier of a capital debt; empty: supplementary tier 1",
            *TIERS,
            *(f"{tier}_capital" for tier in TIERS),
        )
    )


class AssetTransfers(Traced):
    """Assets sold between companies above the value they had, 万元 (A43)."""

    transfer_id = c.key("the transfer")
    from_id = c.id_of("the transferor")
    to_id = c.id_of("the transferee")
    period_end = c.period()
    value_at_transferee = c.amount_not_negative("its value in the transferee's actual capital")
    value_at_transferor = c.amount_not_negative("the value it would have in the transferor's")
