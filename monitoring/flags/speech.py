"""The words and formats that a kind of flag makes its sentence with: those of the terminal and the mail; a page has its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from consolidation.rulebook import Rulebook
from consolidation.words import first_label, say
from monitoring.flags import schema as rows
from monitoring.formatting import percent, points, sector_in_words, with_unit

Flag = Mapping[str, Any]
"""A row of :class:`~monitoring.flags.schema.Flags`."""


def item_of(flag: Flag) -> str:
    """A flag's item without what tells one event, or one gravity, from another."""
    item = str(flag["item"]).partition("/")[0]
    return item.removesuffix(rows.NEAR).removesuffix(rows.FAILS)


@dataclass(frozen=True)
class Speech:
    """``names``: id → name of companies and groups; an id without one is shown itself."""

    language: str
    names: Mapping[str, str] = field(default_factory=dict)
    rulebook: Rulebook = field(default_factory=Rulebook.load)

    def say(self, key: str, **places: object) -> str:
        """The text ``flag.<key>`` with its places filled."""
        return say(f"flag.{key}", self.language, **places)

    def item(self, flag: Flag) -> str:
        """What was tested, by its name: of an event without its day, of a ratio that fails the ratio; else the scenario."""
        item = item_of(flag)
        name = first_label(("flag_item",), item, self.language)
        return self.scenario(item) if name == item else name

    def scenario(self, id: str) -> str:
        """A scenario by its name; one of a user's own by its id, unless ``names`` has it."""
        name = first_label(("stress.scenario",), id, self.language)
        return self.names.get(id, id) if name == id else name

    def party(self, flag: Flag) -> str:
        """Whom a flag is about beside its subject; empty where there is nobody."""
        return self.names.get(flag["party"]) or sector_in_words(flag["party"], self.language)

    def of_member(self, flag: Flag, what: str) -> str:
        """What is said of a member, where the flag is about one."""
        if not flag["party"]:
            return what
        return say("flag_says.member", self.language, party=self.party(flag), what=what)

    def ratio(self, value: Decimal | None, against: Decimal | None = None) -> str:
        """Write a ratio as a percentage; ``against``: with as many places as tell the two apart."""
        return "–" if value is None else percent(value, against)

    def amount(self, value: Decimal | None) -> str:
        """Write an amount with its unit."""
        return "–" if value is None else with_unit(value, self.language)

    def signed_amount(self, value: Decimal | None) -> str:
        """The same of an amount that may be below nought, with its sign; of a distance the sentence says which way."""
        return f"-{self.amount(-value)}" if value is not None and value < 0 else self.amount(value)

    def points(self, value: Decimal) -> str:
        """Percentage points, without sign."""
        return points(value)

    def figure(self, flag: Flag) -> str:
        """The figure in its unit, a ratio with as many places as tell it from its limit."""
        if flag["unit"] == rows.RATIO:
            return self.ratio(flag["figure"], flag["limit"])
        return self.signed_amount(flag["figure"])

    def limit(self, flag: Flag) -> str:
        """The limit in its unit."""
        return self.ratio(flag["limit"]) if flag["unit"] == rows.RATIO else self.amount(flag["limit"])
