"""What must be known to count positions: who counts where, which counterparties are of which class, what is left out.

:class:`Books` are made once a run from the small tables and the rulebook, and travel to every process that reads
positions. An exclusion looks at who issued a position, at what it is and at nobody who guarantees it; a :class:`Kind` is
one combination of what it looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set.schemas.tables import ASSET_CLASSES
from consolidation.structure.membership import GroupPeriod

ORDINARY = "other"
"""The class of an issuer that no exclusion names."""

MANAGED, ASSET_MANAGER = "group_product", "asset_manager"
"""The class of the products that ``manager_id`` is about, and the kind of a company that may issue them (A26(四))."""

NO_MANAGER = ""
"""Stands for the manager of a product of which ``counterparties`` does not say whose it is."""

STANDINGS = ((False, False), (True, False), (False, True))
"""How an issuer stands to a group, as (within, own_manager): a stranger, a company of the group, a product of its own."""

STRANGER, WITHIN, OWN_PRODUCT = range(len(STANDINGS))

Rules = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a position is, as far as an exclusion looks at it.

    The issuer is the financing body, else the product's issuer. ``within``: it is a company whose accounts are in the
    group's; ``own_manager``: it is a product of which the group's own manager is, for the purpose of A26(四), the issuer.
    """

    issuer_class: str
    asset_class: str
    separate_account: bool
    within: bool = False
    own_manager: bool = False

    def reason(self, rules: Rules) -> str | None:
        """The reason of the first rule whose fields all match; None where the position stays in."""
        for rule in rules:
            if (
                self.asset_class in rule.get("asset_class", (self.asset_class,))
                and self.issuer_class in rule.get("issuer_class", (self.issuer_class,))
                and rule.get("separate_account", self.separate_account) == self.separate_account
                and rule.get("own_manager", self.own_manager) == self.own_manager
            ):
                return str(rule["reason"])
        return None


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The rules in force on a day, for each test."""

    counterparty: Rules
    sector: Rules

    def named_classes(self) -> set[str]:
        """The classes of issuers that some rule names."""
        return {c for rule in (*self.counterparty, *self.sector) for c in rule.get("issuer_class", ())}


@dataclass(frozen=True)
class Books:
    """What a process needs to know to count positions.

    ``places`` numbers the groups and periods; ``counted``: place, period_end, entity_id – the companies whose positions
    count, a row for each group that has them; ``classes``: counterparty_id, class – of the classes that an exclusion
    names; ``products``: counterparty_id, manager_id (:data:`NO_MANAGER` where it is not said) – the products of asset
    managers; ``managers``: place, manager_id – whose products are the group's own; ``laws`` are the different exclusions
    and ``law_of`` says which holds for each place; ``kept_from``: by place, the amount from which a position is kept by
    itself (None: none is); ``listed``: the ids in ``entities``, None where that table is not given.
    """

    run: str
    places: tuple[GroupPeriod, ...]
    counted: pl.DataFrame
    classes: pl.DataFrame
    products: pl.DataFrame
    managers: pl.DataFrame
    laws: tuple[Exclusions, ...]
    law_of: tuple[int, ...]
    kept_from: tuple[Decimal | None, ...]
    listed: frozenset[str] | None

    def kinds(self) -> list[Kind]:
        """Every kind of position; its place in this list is its number."""
        named = sorted(set[str]().union(*(law.named_classes() for law in self.laws)) - {ORDINARY})
        return [
            Kind(issuer_class, asset_class, separate, within, own_manager)
            for within, own_manager in STANDINGS
            for issuer_class in (ORDINARY, *named)
            for asset_class in ASSET_CLASSES
            for separate in (False, True)
        ]
