"""A dash, 不适用 and a blank stay three answers from an insurer's workbook to the store and the explanation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from consolidation.annex9 import ToldIdentity, merge_into_set, read_form
from consolidation.consolidate import consolidate
from consolidation.explanation.tree import Contribution, Explainable
from consolidation.explanation.words import how_filed
from consolidation.filing_set.absences import Absence, absence_in
from consolidation.rulebook import Rulebook
from consolidation.statement_lines import CAPITAL_TIER_LINES
from monitoring.store import queries as reading
from monitoring.store.recording import provenance, run_record
from monitoring.store.store import Store, record_run
from tests.build import read, write_set
from tests.consolidation.annex9.forms import ITEMS, Book, cover, s01, s05, workbook

BOOK = Rulebook.load()
OF_A_MIXED_GROUP = {
    "groups": "group_id,name,type\nG,混合集团,mixed\n",
    "group_members": "group_id,entity_id,relation\nG,三井住友,subsidiary\n",
}


def with_words(book: Book) -> None:
    sheet = s01(ITEMS | {"附属一级资本": None, "实际资本": ITEMS["核心一级资本"]})(book)
    for item, word in (("核心二级资本", "—"), ("附属二级资本", "不适用"), ("附加资本", "-")):
        sheet.write_string(4 + list(ITEMS).index(item), 2, word)


def test_three_answers_from_the_workbook_to_the_explanation(tmp_path: Path, sqlite_store: Store) -> None:
    path = workbook(tmp_path / "a.xlsx", lambda book: cover(book, day="2022年6月30日"), with_words, s05())
    reading_of_form = read_form(path, ToldIdentity(kind="property"))
    folder = write_set(tmp_path / "set", OF_A_MIXED_GROUP)
    merge_into_set(reading_of_form.rows, folder)
    assert [f.code for f in merge_into_set(reading_of_form.rows, folder)] == ["import-row-there"]

    filing_set = read(folder)
    made = provenance(filing_set, BOOK, who="", started_at=datetime.now(UTC), arguments={})
    result = consolidate(filing_set, BOOK)
    record_run(sqlite_store, run_record(filing_set, result, BOOK, made))

    (kept,) = reading.solo_filings(sqlite_store).rows(named=True)
    assert {tier: (kept[tier], absence_in(kept, tier)) for tier in CAPITAL_TIER_LINES[1:]} == {
        "core_tier2_capital": (0, Absence.NIL),
        "supplementary_tier1_capital": (None, Absence.NOT_GIVEN),
        "supplementary_tier2_capital": (None, Absence.NOT_APPLICABLE),
    }
    (statement,) = result.statements
    assert statement.period_end == date(2022, 6, 30)
    explainable = Explainable(statement, reading.contributions(sqlite_store))
    said = {
        tier: [how_filed(node, language) for language in ("zh", "en")]
        for tier in CAPITAL_TIER_LINES[1:]
        for node in explainable.line(tier).walk()
        if isinstance(node.item, Contribution)
    }
    assert said == {
        "core_tier2_capital": ["以“-”申报（零）", "filed as “-” (nil)"],
        "supplementary_tier1_capital": ["未填", "not given"],
        "supplementary_tier2_capital": ["不适用", "not applicable"],
    }
