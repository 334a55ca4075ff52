"""What must be known to count positions: who counts where, which counterparties are of which class, what is left out.

:class:`Books` are made once a run from the small tables and the rulebook, and travel to every process that reads
positions. An exclusion looks at four things of a position; a :class:`Kind` is one combination of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.measured import GroupPeriod
from consolidation.tables import ASSET_CLASSES

ORDINARY = "other"
"""The class of a counterparty that no exclusion names."""

Rules = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a position is, as far as an exclusion looks at it; ``within``: a company of the group owes it."""

    counterparty_class: str
    asset_class: str
    separate_account: bool
    within: bool

    def reason(self, rules: Rules) -> str | None:
        """The reason of the first rule whose fields all match; None where the position stays in."""
        for rule in rules:
            if (
                self.asset_class in rule.get("asset_class", (self.asset_class,))
                and self.counterparty_class in rule.get("counterparty_class", (self.counterparty_class,))
                and rule.get("separate_account", self.separate_account) == self.separate_account
            ):
                return str(rule["reason"])
        return None


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The rules in force on a day, for each test."""

    counterparty: Rules
    sector: Rules

    def named_classes(self) -> set[str]:
        """The counterparty classes that some rule names."""
        return {c for rule in (*self.counterparty, *self.sector) for c in rule.get("counterparty_class", ())}


@dataclass(frozen=True)
class Books:
    """What a process needs to know to count positions.

    ``places`` numbers the groups and periods; ``counted``: place, period_end, entity_id – the companies whose positions
    count, a row for each group that has them; ``classes``: counterparty_id, class – of the classes that an exclusion
    names; ``laws`` are the different exclusions and ``law_of`` says which holds for each place; ``kept_from``: by place,
    the amount from which a position is kept by itself (None: none is); ``listed``: the ids in ``entities``, None where
    that table is not given.
    """

    run: str
    places: tuple[GroupPeriod, ...]
    counted: pl.DataFrame
    classes: pl.DataFrame
    laws: tuple[Exclusions, ...]
    law_of: tuple[int, ...]
    kept_from: tuple[Decimal | None, ...]
    listed: frozenset[str] | None

    def kinds(self) -> list[Kind]:
        """Every kind of position; its place in this list is its number."""
        named = sorted(set[str]().union(*(law.named_classes() for law in self.laws)) - {ORDINARY})
        return [
            Kind(counterparty_class, asset_class, separate, within)
            for within in (False, True)
            for counterparty_class in (ORDINARY, *named)
            for asset_class in ASSET_CLASSES
            for separate in (False, True)
        ]
