"""The search: groups, companies, counterparties, sectors, customers and lines by Chinese or English name, pinyin, initials or id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st
from pypinyin import Style, lazy_pinyin

from consolidation.statement_lines import LINES
from consolidation.words import LANGUAGES, label
from dashboard.queries import groups, industry
from dashboard.queries.company import companies
from dashboard.queries.session import StoreVersion, UserSession, names

GROUP, COMPANY, LINE = "group", "company", "line"
PARTIES = ("counterparty", "sector", "customer")
_KINDS = (GROUP, COMPANY, *PARTIES, LINE)
_ALL = 0
"""Beside the person's groups in the key of what is kept in memory, for who sees all."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that can be gone to: what it is, its id, and its names by language."""

    kind: str
    id: str
    names: tuple[tuple[str, str], ...]

    def name(self, language: str) -> str:
        """The name in a language."""
        return dict(self.names)[language]


def find(session: UserSession, text: str, most: int) -> list[Found]:
    """What a text may mean, the likeliest first: whose name begins so before whose contains it, groups before companies."""
    wanted = _plain(text)
    if not wanted:
        return []
    scope = None if session.person.groups is None else tuple(sorted(session.person.groups))
    ranked = (
        (
            min(spelling.find(wanted) > 0 for spelling in spelled if wanted in spelling),
            _KINDS.index(one.kind),
            one,
        )
        for one, spelled in _spelled(session, session.version, scope)
        if any(wanted in spelling for spelling in spelled)
    )
    return [one for *_, one in sorted(ranked, key=lambda found: found[:2])[:most]]


@st.cache_resource(max_entries=16, show_spinner=False)
def _spelled(
    _session: UserSession, version: StoreVersion, scope: tuple[str, ...] | None
) -> list[tuple[Found, frozenset[str]]]:
    return [(one, _spellings([one.id, *dict(one.names).values()])) for one in _everything(_session)]


def _everything(session: UserSession) -> Iterator[Found]:
    known = {language: names(session, language) for language in LANGUAGES}

    def named(kind: str, id: str) -> Found:
        return Found(kind, id, tuple((language, known[language].get(id, id)) for language in LANGUAGES))

    yield from (named(GROUP, id) for id in groups.groups(session)["group_id"])
    yield from (named(COMPANY, id) for id in companies.companies(session)["entity_id"])
    for test in PARTIES:
        called = {language: industry.parties(session, test, language) for language in LANGUAGES}
        for id in called[LANGUAGES[0]]:
            yield Found(test, id, tuple((language, called[language][id]) for language in LANGUAGES))
    for line in LINES:
        yield Found(LINE, line, tuple((language, label(f"line.{line}", language)) for language in LANGUAGES))


@lru_cache(maxsize=20_000)
def _spelling(name: str) -> tuple[str, ...]:
    syllables = lazy_pinyin(name)
    initials = lazy_pinyin(name, style=Style.FIRST_LETTER)
    return _plain(name), _plain("".join(syllables)), _plain("".join(initials))


def _spellings(texts: Iterable[str]) -> frozenset[str]:
    """Every way in which one may type one of these names."""
    return frozenset(spelling for text in texts for spelling in _spelling(text))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
