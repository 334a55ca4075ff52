"""A page is in its reader's language: no English on a Chinese one, no Chinese on an English one, but what has no other name."""

from __future__ import annotations

import re

import polars as pl
import pytest

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.rulebook.readings import readings
from dashboard.app.navigation import NAVIGATION
from monitoring.access.accounts import Role
from monitoring.store import queries
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, token_of
from tests.dashboard.page_texts import texts_of

DAY = "2025-12-31"
PLACES: tuple[tuple[str, dict[str, str]], ...] = (
    *((entry.url_path, {}) for entry in NAVIGATION),
    *(
        ("group", {"group": group, "period": DAY, "line": line})
        for group, line in {
            "青丘集团": "contagion_risk_minimum_capital",
            "瀛洲集团": "control_risk_minimum_capital",
            "云梦系": "actual_capital",
            "不周集团": "concentration_risk_minimum_capital",
            "扶桑集团": "core_tier2_capital",
            "瑶池集团": "insurance_members_minimum_capital",
        }.items()
    ),
    *(("entities", {"company": company}) for company in ("不周财险", "青丘银行", "广寒人寿", "归墟信保")),
    ("entities", {"company": "不周财险", "period": "2025-06-30"}),
    *(("stress", {"show": "one", "group": group}) for group in ("扶桑集团", "瑶池集团")),
    ("stress", {"show": "industry"}),
    *(("flags", {"show": "all", "flag": number}) for number in ("1", "12", "24", "36")),
    ("today", {"all": "1"}),
    ("today", {"flag": "doubt"}),
    *(("deadlines", {"view": view}) for view in ("calendar", "late", "arrivals")),
    ("deadlines", {"show": "all", "obligation": f"group-annual-report/瀛洲集团/{DAY}"}),
    *(
        ("runs", {"view": view, "run": "1", "a": "1", "b": "1"})
        for view in ("list", "upload", "compare", "log")
    ),
    ("changes", {"subject": "company", "company": "不周财险"}),
    *(("counterparty", {"test": test}) for test in ("sector", "customer")),
    ("what-if", {"group": "云梦系", "scenario": '{"score":"55","defaults":{"金乌银行":"1"}}'}),
    *(("reports", {"of": "瀛洲集团", "kind": kind, "ends": DAY}) for kind in ("annual", "stress", "summary")),
)
"""Every page, and of those that show one thing one of each kind."""

CHINESE = re.compile("[\u3400-\u9fff]")
ENGLISH = re.compile("[A-Za-z]{2,}")
OWN_NAMES_OF_LANGUAGES = {"中文", "语言 / Language", "English"}
UNDECLARED = "无名之丘置业"
"""A counterparty that the set does not declare, which is one of its planted faults."""

AS_FILED = re.compile(r"\w+-担-\d+|内交-[\d-]+")
"""Contracts by the numbers that the filers gave them."""

WORDS = (
    *("CSV", "Excel", "Word", "PDF", "PNG", "Parquet", "ics", "MB"),  # kinds of files
    *(
        "SARMRA",
        "SHA-256",
        "DKIM",
        "RF0",
        "EX",
        "max",
        "Brier",
        "AUC",
    ),  # the regulator's, statisticians' and cryptographers' signs
    "YYYY-MM-DD",
    *("AAA", "AA", "BBB", "BB"),  # ratings
    *("administrator", "root", "wangfang", "rule19"),  # accounts, the program
    *TABLES,  # a table's name in a set, and its columns
    *{column for table in TABLES.values() for column in table.schema.column_names()},
    *("equity", "sector", "other"),  # codes by which a row of a set is found or to be written
)
CODES = re.compile(
    r"[\w./-]+\.(csv|xlsx|parquet|zip|yaml|md)\b"  # files
    r"|\b(csv|xlsx|parquet|zip|pdf|png|jpg|docx)\b"  # their kinds
    r"|\b\w+(/\w+)+\b"  # where a set lay
    r"|\b[a-z0-9]+([._][a-z0-9]+)+\b"  # columns of a set, ids of rules and acts
    r"|\b[0-9a-f]{12,64}\b"  # hashes
    r"|administrator-\w+|(rule19 )?--?[a-z-]+|rule19 [a-z-]+"  # accounts of tests, commands
    r"|[A-Z0-9]{4}( [A-Z0-9]{4}){7}"  # a secret to copy by hand
)


@pytest.fixture(scope="module")
def names(demo_store: Store) -> dict[str, list[str]]:
    """By language the names that no other language has, the longest first."""
    foreign = {"zh": ENGLISH, "en": CHINESE}
    known = {language: set(queries.names(demo_store, language).values()) for language in foreign}
    known["en"] |= {one.law.zh for one in readings()}  # the law's own words behind our translation
    customers = queries.concentration(demo_store).filter(test="customer")["party"].unique()
    known["en"] |= {UNDECLARED, *customers}  # of a customer a set gives the id alone
    return {
        language: sorted((n for n in known[language] if sign.search(n)), key=len, reverse=True)
        for language, sign in foreign.items()
    }


@pytest.fixture(scope="module")
def in_reports(demo_store: Store) -> dict[str, list[str]]:
    """By language what a report has in another one: the group's other name on its cover, and what it repeats as it was filed."""
    groups = queries.groups(demo_store)
    filed = ("shareholders", "penalties", "member_accounts")
    ids = ("group_id", "entity_id")
    repeated = {
        text
        for table in filed
        for column in queries.filed(demo_store, table).select(pl.selectors.string().exclude(ids))
        for text in column.drop_nulls()
    }
    return {"zh": [*groups["name_en"]], "en": [*groups["name"], *sorted(repeated, key=len, reverse=True)]}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_is_in_its_readers_language(
    own_demo_store: Store,
    page: Opened,
    names: dict[str, list[str]],
    in_reports: dict[str, list[str]],
    language: str,
) -> None:
    token = token_of(own_demo_store, Role.ADMINISTRATOR, shown="–")
    offending: dict[str, str] = {}
    for name, parameters in PLACES:
        at = page(own_demo_store, token, name, lang=language, **parameters)
        assert not at.exception and not at.error, (name, parameters)
        texts = texts_of(at) - OWN_NAMES_OF_LANGUAGES
        assert len(texts) > 10, (name, parameters)
        known = [*names[language], *(in_reports[language] if name == "reports" else ())]
        offending |= {t: f"{name} {parameters}: {t}" for t in texts if is_foreign(t, language, known)}
    assert not offending, "\n".join(offending.values())


def is_foreign(text: str, language: str, names: list[str]) -> bool:
    """Whether a text has words of another language, those set aside that stand in this one for want of another."""
    foreign = ENGLISH if language == "zh" else CHINESE
    if not foreign.search(text):
        return False
    for name in names:
        text = text.replace(name, "")
    if language == "en":
        return foreign.search(AS_FILED.sub("", text)) is not None
    left = CODES.sub("", text)
    for word in WORDS:
        left = re.sub(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", "", left)
    return ENGLISH.search(left) is not None
