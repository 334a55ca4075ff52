"""What a page is given: the user's session, the language and the unit, and the ways to write words and figures.

The main script makes a view in every run, after it has looked at the session; a page asks for it with :func:`current_view` and gets
everything it shows through it. There is no other way for a page to the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

import streamlit as st

from consolidation.findings import sentence
from consolidation.words import label, say
from dashboard.components import formatting
from dashboard.components.markup import Html, TableCell, tag
from dashboard.components.states import SolvencyState
from dashboard.queries.industry import parties
from dashboard.queries.session import UserSession, names
from monitoring.access.accounts import Person
from monitoring.formatting import source_in_words

Read = TypeVar("Read")
_PLACE = "r19-view"
_LEGAL_FORM = re.compile("(股份有限公司|有限责任公司|有限公司|,? Co\\., Ltd\\.)$")


@dataclass(frozen=True, slots=True)
class View:
    """One person's view in one run. Words are those under ``dashboard.`` in the table of words."""

    session: UserSession
    language: str
    unit: str
    _names: Mapping[str, str] = field(init=False, repr=False)
    _read: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", names(self.session, self.language))

    @property
    def person(self) -> Person:
        """The person who is signed in."""
        return self.session.person

    def once(self, key: Hashable, read: Callable[[], Read]) -> Read:
        """What ``read`` gives, read once in this run.

        For what a page asks for at every row: a cached function or a look into the address costs more than a row of a table.
        """
        if key not in self._read:
            self._read[key] = read()
        return cast(Read, self._read[key])

    @property
    def names(self) -> Mapping[str, str]:
        """Id → name of the groups and companies that the person may see."""
        return self._names

    # words

    def say(self, key: str, /, **places: object) -> str:
        """The sentence ``dashboard.<key>``."""
        return say(f"dashboard.{key}", self.language, **places)

    def label(self, key: str) -> str:
        """The word of any key of the table of words, or the key itself where it is data."""
        return label(key, self.language)

    def line(self, name: str) -> str:
        """A line of the statement by its official name."""
        return label(f"line.{name}", self.language)

    def name(self, some_id: str | None) -> str:
        """The name of a group or company that the person may see; of any other the id, as it was asked for."""
        return self._names.get(some_id, some_id) if some_id else ""

    def short_name(self, some_id: str | None) -> str:
        """The name without the company's legal form, for narrow columns."""
        name = self.name(some_id)
        return _LEGAL_FORM.sub("", name) or name

    def party(self, some_id: str) -> str:
        """The same of whoever a group may have to do with: also a counterparty that the person's groups hold."""
        named = self._names.get(some_id)
        if named or not some_id:
            return named or ""
        held = self.once("parties", lambda: parties(self.session, "counterparty", self.language))
        return held.get(some_id, some_id)

    def article(self, text: str | None) -> str:
        """Where something is written, in the reader's language: "Rule 19 A16" is 第19号规则 第16条."""
        return source_in_words(text, self.language)

    def source(self, row: Mapping[str, object]) -> str:
        """File (or table) and row of a row that has them."""
        file, number = row.get("file") or row.get("table") or "", row.get("row")
        return self.say("file-row", file=file, row=number) if number else str(file)

    def filed_at(self, row: Mapping[str, object]) -> str:
        """File and row of a row of a filed table."""
        return self.source({"file": row["source_file"], "row": row["source_row"]})

    def message(self, finding: Mapping[str, Any]) -> str:
        """A finding's sentence, with the names that the person may see."""
        return sentence(finding, self.language, self.names)

    # figures

    @property
    def unit_name(self) -> str:
        """The name of the unit that amounts are shown in."""
        return formatting.UNITS[self.unit].name

    def amount(self, value: Decimal | None) -> str:
        """Write an amount in the chosen unit."""
        return formatting.amount(value, self.unit)

    def money(self, value: Decimal | None) -> str:
        """Write an amount with the chosen unit, for a sentence."""
        return formatting.amount_with_unit(value, self.unit)

    def short_money(self, value: Decimal) -> str:
        """The same for a headline."""
        return formatting.with_unit(formatting.short_amount(value, self.unit), self.unit)

    def short(self, value: Decimal | None) -> str:
        """Write an amount in the chosen unit, short enough for a headline."""
        return formatting.short_amount(value, self.unit)

    def amount_cell(self, value: Decimal | None, css: str | None = None) -> TableCell:
        """An amount in the chosen unit that shows its exact figure when pointed at."""
        return TableCell(self.amount(value), css, None if value is None else self.exact(value))

    def exact(self, value: Decimal | None) -> str:
        """The whole amount, in the smaller unit of the reader's language."""
        return formatting.exact_amount(value, next(iter(formatting.unit_names(self.language))))

    def ratio_cell(self, value: Decimal | None, css: str | None = None) -> TableCell:
        """Show a ratio as a percentage that gives its exact figure when pointed at."""
        return TableCell(formatting.ratio(value), css, None if value is None else formatting.exact(value, ""))

    # marks

    def mark(self, state: SolvencyState, word: str | None = None) -> Html:
        """A state as symbol and word, in its colour."""
        return tag("span", f"{state.symbol} {word or self.state(state)}", css=f"state {state.css}")

    def symbol(self, state: SolvencyState) -> Html:
        """A state as a symbol alone, its word for who points at it or has it read."""
        return tag(
            "span",
            state.symbol,
            css=f"state {state.css}",
            title=self.state(state),
            aria_label=self.state(state),
        )

    def state(self, state: SolvencyState) -> str:
        """Name a state in the view's language."""
        return self.say(f"state.{state.css}")

    def day(self, value: date | None) -> str:
        """Write a date in ISO form; a dash where there is none."""
        return formatting.day(value)

    def moment(self, value: datetime | None) -> str:
        """Write a moment as a clock in China shows it; a dash where there is none."""
        return formatting.moment(value)


def set_current_view(view: View) -> None:
    """Make the view known to the page of this run."""
    st.session_state[_PLACE] = view


def clear_session() -> None:
    """After a session has ended nothing that the person chose, typed or was shown stays for the next one in this browser."""
    if _PLACE in st.session_state:
        st.session_state.clear()


def current_view() -> View:
    """The view of this run."""
    return cast(View, st.session_state[_PLACE])
