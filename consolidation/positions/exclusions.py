"""Which positions a concentration test leaves out (Rule 19 A26, A29), by rules that the rulebook lists.

An exclusion looks at who issued a position and at what it is, never at who guarantees it. A :class:`PositionKind` is one
combination of what exclusions look at: there are some hundred, so rules are tried once a kind and not once a position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consolidation.filing_set.schemas.columns import ASSET_CLASSES

ORDINARY = "other"
"""The class of an issuer that no exclusion names."""

MANAGED, ASSET_MANAGER = "group_product", "asset_manager"
"""The class of the products that ``manager_id`` is about, and the kind of a company that may issue them (A26(四))."""

NO_MANAGER = ""
"""Stands for the manager of a product of which ``counterparties`` does not say whose it is."""

ISSUER_RELATIONS = ((False, False), (True, False), (False, True))
"""How an issuer is related to a group, as (within, own_manager): unrelated, a company of the group, a product of its own
manager."""

UNRELATED, GROUP_COMPANY, OWN_PRODUCT = range(len(ISSUER_RELATIONS))

Rules = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PositionKind:
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


def position_kinds(exclusions: Sequence[Exclusions]) -> list[PositionKind]:
    """Every kind that these exclusions tell apart; a kind's index in this list is its number.

    Ordered by issuer relation, issuer class, asset class and separate account: ``PositionAggregator`` works the number out
    by that order.
    """
    named = sorted(set[str]().union(*(rules.named_classes() for rules in exclusions)) - {ORDINARY})
    return [
        PositionKind(issuer_class, asset_class, separate, within, own_manager)
        for within, own_manager in ISSUER_RELATIONS
        for issuer_class in (ORDINARY, *named)
        for asset_class in ASSET_CLASSES
        for separate in (False, True)
    ]
