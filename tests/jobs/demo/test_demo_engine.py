"""What the engine makes of the demo: exactly the planted errors, and the groups' own statements where nothing is planted."""

import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.findings import Severity
from consolidation.rulebook import Rulebook
from consolidation.solo.recompute import recompute
from consolidation.statement import Statement
from consolidation.structure.scope import Scope
from jobs.demo.industry.numbers import LAST
from tests.jobs.demo.conftest import read
from tests.oracle import plain_statement

ROUNDING = {"ratio": Decimal("0.0001"), "万元": Decimal("0.02")}
DIFFERING = {
    ("不周集团", date(2025, 6, 30)),
    ("归墟集团", date(2024, 12, 31)),
    ("扶桑集团", LAST),
    ("瑶池集团", LAST),
}


@pytest.fixture(scope="module")
def filing_set(demo) -> FilingSet:
    return read_filing_set(str(demo.filings))


@pytest.fixture(scope="module")
def consolidation(filing_set) -> Consolidation:
    return consolidate(filing_set, Rulebook.load(), Scope())


def statement(consolidation: Consolidation, group: str, day: date = LAST):
    (found,) = [s for s in consolidation.statements if (s.group_id, s.period_end) == (group, day)]
    return found


def test_reading_finds_the_duplicate_and_the_gap_in_the_register_and_nothing_else(filing_set):
    found = [(f.severity, f.table, f.entity_id, f.period_end) for f in filing_set.findings]
    assert found == [
        (Severity.ERROR, "solo_filings", "蓬莱财险", date(2023, 6, 30)),
        (Severity.WARNING, "ownership", "归墟财险", None),
    ]


def test_the_duplicate_stops_one_statement_of_sixty_four(consolidation):
    assert consolidation.blocked == (("蓬莱集团", date(2023, 6, 30)),)
    assert len(consolidation.statements) == 63


def test_the_cross_holding_is_named_with_its_cycle(consolidation):
    cycles = {(f.group_id, f.value) for f in consolidation.findings if f.code == "cross-holding"}
    assert cycles == {("云梦系", "云梦人寿 → 云梦财险 → 云梦人寿")}


def test_the_member_that_did_not_file_is_named(consolidation):
    silent = {
        (f.group_id, f.entity_id, f.period_end)
        for f in consolidation.findings
        if f.code == "member-not-filed"
    }
    assert silent == {("瑶池集团", "瑶池财险", LAST)}


def test_the_measure_beyond_2025_is_named(consolidation):
    assert [f.entity_id for f in consolidation.findings if f.code == "transitional-measure-too-long"] == [
        "三危健康"
    ]


def test_the_measure_of_2025_that_is_better_is_named(consolidation):
    better = [f for f in consolidation.findings if f.code == "transitional-measure-better"]
    assert [(f.entity_id, f.value, f.expected) for f in better] == [("广寒人寿", "0.47", "0.45")]
    assert "transitional-parameter-unknown" not in {f.code for f in consolidation.findings}


def test_every_statement_is_read_back_as_it_was_written(consolidation):
    for statement in consolidation.statements:
        assert Statement.from_json(json.loads(json.dumps(statement.to_json()))) == statement


def test_published_statements_agree_but_where_something_is_planted(consolidation):
    rows = consolidation.reconciliation
    assert rows.height > 600
    beyond = {
        (group, day)
        for group, day, line, difference in rows.select(
            "group_id", "period_end", "line", "difference"
        ).iter_rows()
        if abs(difference) > ROUNDING["ratio" if line.endswith("ratio") else "万元"]
    }
    assert beyond == DIFFERING


def test_every_line_of_one_period_is_that_of_the_plain_reading(demo, consolidation):
    day = date(2024, 6, 30)
    tables = {path.stem: read(path) for path in demo.filings.glob("*.csv")}
    positions = (
        pl.read_parquet(demo.filings / "exposures" / f"part-{day}.parquet").cast(pl.String).fill_null("")
    )
    tables["exposures"] = positions.to_dicts()
    found = {
        s.group_id: {n: x.amount for n, x in s.lines.items()}
        for s in consolidation.statements
        if s.period_end == day
    }
    assert len(found) == 8
    assert found == {group: plain_statement.statement(tables, group, day) for group in found}


def test_the_group_in_breach_is_below_100_percent_and_above_its_core_limit(consolidation):
    breach = statement(consolidation, "瀛洲集团")
    assert breach.amount("comprehensive_solvency_ratio") < 1
    assert breach.amount("core_solvency_ratio") > Decimal("0.5")
    assert statement(consolidation, "瀛洲集团", date(2025, 6, 30)).amount("comprehensive_solvency_ratio") >= 1


def test_the_tier_limit_brings_a_group_under_key_check_that_published_more(consolidation):
    computed = statement(consolidation, "扶桑集团").amount("comprehensive_solvency_ratio")
    published = consolidation.reconciliation.filter(
        pl.col("group_id") == "扶桑集团",
        pl.col("period_end") == LAST,
        pl.col("line") == "comprehensive_solvency_ratio",
    )["published"].item()
    assert 1 < computed < Decimal("1.2") < published


def test_no_group_but_the_planted_one_is_in_breach_at_the_end(consolidation):
    ratios = {
        s.group_id: s.amount("comprehensive_solvency_ratio")
        for s in consolidation.statements
        if s.period_end == LAST
    }
    assert {g for g, ratio in ratios.items() if ratio < 1} == {"瀛洲集团"}
    assert {g for g, ratio in ratios.items() if 1 <= ratio < Decimal("1.2")} == {"扶桑集团"}
    assert {g for g, ratio in ratios.items() if Decimal("1.2") <= ratio < Decimal("1.5")} == {
        "蓬莱集团",
        "云梦系",
    }


def test_recomputation_finds_the_planted_filings_and_no_others(filing_set):
    scores = filing_set.tables["assessments"].filter(pl.col("entity_id").is_not_null())
    result = recompute(filing_set.tables["solo_filings"], scores, Rulebook.load())
    failed = {
        (entity, day)
        for entity, day in result.filter(~pl.col("within_tolerance"))
        .select("entity_id", "period_end")
        .iter_rows()
    }
    assert failed == {("不周财险", date(2025, 6, 30)), ("燧人火险", date(2023, 12, 31))}


def test_the_second_set_is_as_readable_as_the_first(demo):
    again = read_filing_set(str(demo.refiled))
    assert [f.severity for f in again.findings] == [Severity.ERROR, Severity.WARNING]


def test_the_refiling_changes_one_group_in_one_period(demo, consolidation):
    again = consolidate(read_filing_set(str(demo.refiled)), Rulebook.load(), Scope())
    before, after = consolidation.lines(), again.lines()
    changed = before.join(after, on=["group_id", "period_end", "line"], suffix="_again").filter(
        pl.col("amount") != pl.col("amount_again")
    )
    assert set(changed.select("group_id", "period_end").iter_rows()) == {("不周集团", LAST)}
    assert {"actual_capital", "minimum_capital", "comprehensive_solvency_ratio"} <= set(changed["line"])
