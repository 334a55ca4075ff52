"""The tables that concentration is measured on: positions, counterparties, customers (A25–A32)."""

from __future__ import annotations

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.columns import ASSET_CLASSES, COUNTERPARTY_CLASSES
from consolidation.filing_set.schemas.traced import Traced


class Exposures(Traced):
    """Positions, may be hundreds of millions of rows: never read into memory here, only checked for their columns.

    ``counterparty_id`` is the financing body after look-through; the guarantor takes its place where ``in_default``;
    where it is empty the issuer does (A28). Carrying amounts in 万元.
    """

    entity_id = c.id_of("who holds the position")
    period_end = c.period()
    counterparty_id = c.published(c.counterparty(c.id_of("the financing body after look-through")))
    asset_class = c.choice("what the position is", *ASSET_CLASSES)
    sector_scheme = c.published(c.choice("whose sectors: Shenwan at home, GICS abroad", "SWS", "GICS"))
    sector = c.published(c.text("level 1 sector"))
    carrying_amount = c.amount_not_negative("认可价值 or carrying amount")
    separate_account = c.optional(c.yes_no("a separate-account asset"))
    guarantor_id = c.optional(c.counterparty(c.id_of("the guarantor")))
    in_default = c.optional(c.yes_no("the counterparty has defaulted"))
    issuer_id = c.optional(c.counterparty(c.id_of("the issuer of the product held")))


class Counterparties(Traced):
    """Counterparties, issuers and guarantors of the exposures; one that is not here counts as ``other``, with a warning."""

    counterparty_id = c.counterparty(c.key("the counterparty"))
    manager_id = c.optional(
        c.counterparty(c.id_of("of a group_product: the asset manager whose product it is"))
    )
    name = c.wanted(c.text("its name"))
    name_en = c.optional(c.text("its English name"))
    counterparty_class = c.named("class", c.choice("what it is", *COUNTERPARTY_CLASSES))


class CustomerIncome(Traced):
    """Income from single customers, any number of rows a customer, 万元; may be negative (returned premiums)."""

    entity_id = c.id_of("the company that earned it")
    period_end = c.period()
    customer_id = c.counterparty(c.id_of("the customer"))
    amount = c.amount("income of the period from this customer")
