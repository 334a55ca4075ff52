"""What a set will do is known before it counts, to the figure that the approval then gives, and looking changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from monitoring.flags.store import current_flags, keep_run, update_flags
from monitoring.store import queries as reading
from monitoring.store.recording import provenance, run_record
from monitoring.store.runs import approve_run, list_runs
from monitoring.store.store import PENDING, RunRecord, Store
from monitoring.upload_effect import effect_of_record, effect_of_run
from tests.build import write_set

BOOK = Rulebook.load()
Q2, Q4 = date(2025, 6, 30), date(2025, 12, 31)
SOLO = "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\n"
FIRST = {
    "groups": "group_id,name,type\nG,Group,mixed\n",
    "group_members": "group_id,entity_id,coverage\nG,A,complete\nG,B,complete\n",
    "solo_filings": SOLO
    + "A,life,2025-06-30,quarterly,200,200,100\nB,life,2025-06-30,quarterly,300,300,100\n"
    + "A,life,2025-12-31,quarterly,210,210,100\nB,life,2025-12-31,quarterly,310,310,100\n",
    "counterparties": "counterparty_id,name,class\nX,X,other\n",
    "exposures": "entity_id,period_end,counterparty_id,asset_class,sector_scheme,sector,carrying_amount\n"
    "A,2025-06-30,X,loan,,,1\n",
}
PENALTIES = (
    "group_id,decision,subject,decided_on,authority,penalty,ground,amount\n"
    "G,No. 1,A,2025-03-01,the regulator,a fine,late filing,1\n"
)
SECOND = {
    **{name: text for name, text in FIRST.items() if name not in ("exposures", "counterparties")},
    "solo_filings": SOLO
    + "A,life,2025-06-30,quarterly,90,90,100\nB,life,2025-06-30,quarterly,300,300,100\n"
    + "A,life,2025-12-31,quarterly,90,90,100\nB,life,2025-12-31,quarterly,310,310,100\n",
}


def record_of(folder: Path, tables: dict[str, str], who: str, status: str) -> RunRecord:
    write_set(folder, tables)
    filing_set = read_filing_set(str(folder))
    made = provenance(filing_set, BOOK, who=who, started_at=datetime.now(UTC), arguments={})
    return run_record(filing_set, consolidate(filing_set, BOOK, Scope()), BOOK, made, status=status)


pytestmark = pytest.mark.usefixtures("without_readings")


def test_what_a_set_will_do_is_what_the_approval_then_does(store: Store, tmp_path: Path) -> None:
    keep_run(store, record_of(tmp_path / "a", FIRST, "li", "complete"))
    second = record_of(tmp_path / "b", SECOND, "li", PENDING)
    lines, flags = reading.lines(store), current_flags(store)

    told = effect_of_record(store, second, BOOK)
    assert list_runs(store).height == 1
    assert reading.lines(store).equals(lines)
    assert current_flags(store).equals(flags)

    assert told.compared_with == 1
    assert told.tables == ("counterparties", "exposures")
    changed = told.periods.select("subject_kind", "subject_id", "period_end", "rows").rows()
    assert changed == [
        ("entity", "A", Q2, 1),
        ("entity", "A", Q4, 1),
        ("group", "G", Q2, 0),
        ("group", "G", Q4, 0),
    ]
    ratios = {r[:4]: r[4:] for r in told.moved().filter(measure="comprehensive").rows()}
    assert ratios == {
        ("entity", "A", Q2, "comprehensive"): (Decimal(2), Decimal("0.9")),
        ("entity", "A", Q4, "comprehensive"): (Decimal("2.1"), Decimal("0.9")),
        ("group", "G", Q2, "comprehensive"): (Decimal("2.5"), Decimal("1.95")),
        ("group", "G", Q4, "comprehensive"): (Decimal("2.6"), Decimal(2)),
    }
    rises = told.flags.filter(what="raised").select("subject_id", "code", "item").rows()
    assert ("A", "breach", "comprehensive") in rises
    assert told.unconfirmed(["tables", "periods", "flags"]) == ["ratios"]

    number = keep_run(store, second)
    assert effect_of_run(store, number, BOOK).flags.drop("id").equals(told.flags.drop("id"))
    approve_run(store, number, "wang")
    events = update_flags(store, number).events
    assert events.select("subject_id", "code", "item", "what").rows() == [
        *told.flags.select("subject_id", "code", "item", "what").rows()
    ]


def test_a_set_that_changes_nothing_has_nothing_to_confirm(store: Store, tmp_path: Path) -> None:
    keep_run(store, record_of(tmp_path / "a", FIRST, "li", "complete"))
    told = effect_of_record(store, record_of(tmp_path / "b", FIRST, "li", PENDING), BOOK)
    assert (told.unconfirmed([]), told.moved().height, told.ratios.height) == ([], 0, 12)


def test_a_correction_of_one_company_is_the_last_run_and_hides_no_table_of_the_set_before(
    store: Store, tmp_path: Path
) -> None:
    keep_run(store, record_of(tmp_path / "a", FIRST, "li", "complete"))
    corrected = {"solo_filings": SOLO + "A,life,2025-12-31,quarterly,220,220,100\n"}
    keep_run(store, record_of(tmp_path / "b", corrected, "li", "complete"))
    told = effect_of_record(store, record_of(tmp_path / "c", SECOND, "li", PENDING), BOOK)
    assert (told.compared_with, told.tables) == (2, ("counterparties", "exposures"))


def test_a_set_whose_group_an_error_stopped_is_the_last_one_of_that_group(
    store: Store, tmp_path: Path
) -> None:
    keep_run(store, record_of(tmp_path / "a", FIRST, "li", "complete"))
    twice = {**FIRST, "solo_filings": FIRST["solo_filings"] + FIRST["solo_filings"].removeprefix(SOLO)}
    stopped = record_of(tmp_path / "b", {**twice, "penalties": PENALTIES}, "li", "complete")
    assert stopped.statements.is_empty()
    keep_run(store, stopped)
    told = effect_of_record(store, record_of(tmp_path / "c", FIRST, "li", PENDING), BOOK)
    assert (told.compared_with, told.tables) == (2, ("penalties",))
