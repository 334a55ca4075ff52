"""Exposures above their limits, and near them, as flags of the group (Rule 19 A23–A32; A77, A96)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from consolidation.results.schemas import ConcentrationMeasures, StatementLines
from jobs.cli.output.flags import FlagSelection, flags_of_store
from monitoring.flags.evaluate import FlagReport
from monitoring.flags.kinds.concentration import CONCENTRATION
from monitoring.flags.registry import KINDS
from monitoring.flags.sentences import flag_sentence
from monitoring.flags.store import current_flags, update_flags
from monitoring.store.queries import named_parties
from monitoring.store.recording import with_party_names
from monitoring.store.store import Store
from tests.build import BEFORE, Q2, Q4, filing, table
from tests.monitoring.flags.build import codes, flags_of, lines, only
from tests.monitoring.flags.test_flag_store import record


def measured(*rows: tuple[str, str, Any, Any, Any] | tuple[str, str, Any, Any, Any, date]) -> pl.DataFrame:
    """test, party, exposure, limit, charge (and the period, June 2023 if it is left out) of one group."""
    filled = [
        ("集团", row[5] if len(row) > 5 else Q2, row[0], row[1], *(Decimal(str(v)) for v in row[2:5]))
        for row in rows
    ]
    columns = {
        n: ConcentrationMeasures.polars_schema()[n] for n in ("group_id", "period_end", "test", "party")
    }
    schema = {
        **columns,
        **{n: ConcentrationMeasures.polars_schema()[n] for n in ("exposure", "limit", "charge")},
    }
    return pl.DataFrame(filled, schema=schema, orient="row")


def statement(day: date, core: Any = 1000, **status: str) -> pl.DataFrame:
    """The capital of a group's statement, and how the lines of concentration came about."""
    of_tests = [
        ("集团", day, f"{line}_minimum_capital", Decimal(0), "万元", how, "") for line, how in status.items()
    ]
    return pl.concat(
        [
            lines("集团", day, core, 100),
            pl.DataFrame(of_tests, schema=StatementLines.polars_schema(), orient="row"),
        ]
    )


def raised(*rows: Any, core: Any = 1000) -> FlagReport:
    return flags_of(lines=statement(Q2, core), concentration=measured(*rows))


def test_a_counterparty_above_its_limit_with_charge_and_excess_in_per_cent_of_core_capital() -> None:
    """A limit of 3,000 (3% of 100,000): 3,500 cost 500 × 0.05 = 25, and are 500 ÷ 1,000 of core capital above it."""
    flag = only(raised(("counterparty", "某公司", 3500, 3000, 25)), "concentration", "counterparty")
    assert (flag["subject_kind"], flag["subject_id"], flag["party"], flag["unit"]) == (
        "group",
        "集团",
        "某公司",
        "万元",
    )
    assert (flag["figure"], flag["limit"], flag["distance_wan_yuan"]) == (3500, 3000, -500)
    assert (Decimal(flag["value"]), flag["distance_points"]) == (25, -50)
    assert (flag["since"], flag["source"], flag["measures_allowed"]) == (
        Q2,
        "Rule 19 A26, A96",
        "A152",
    )


@pytest.mark.parametrize(
    ("exposure", "item"),
    [
        ("2699.999999", None),
        ("2700", "counterparty_near"),
        ("3000", "counterparty_near"),
        ("3000.000001", "counterparty"),
    ],
)
def test_near_begins_at_nine_tenths_and_ends_on_the_limit(exposure: str, item: str | None) -> None:
    charge = "0.000001" if item == "counterparty" else 0
    found = codes(raised(("counterparty", "某公司", exposure, 3000, charge)))
    assert found == (set() if item is None else {("concentration", item)})


def test_near_is_less_grave_than_anything_else() -> None:
    found = raised(("sector", "SWS/银行", 95, 100, 0), ("customer", "甲", 120, 100, 2)).flags
    assert found.select("item", "severity").rows() == [
        ("customer", KINDS.index(CONCENTRATION) + 1),
        ("sector_near", len(KINDS)),
    ]


@pytest.mark.parametrize(
    ("test", "source"),
    [
        ("guarantee", "Rule 19 A23, A77, A96"),
        ("transaction", "Rule 19 A24, A77, A96"),
        ("sector", "Rule 19 A29, A96"),
        ("customer", "Rule 19 A32, A96"),
    ],
)
def test_every_test_has_its_articles(test: str, source: str) -> None:
    assert only(raised((test, "", 201, 200, "0.1")), "concentration", test)["source"] == source


def test_a_limit_of_nothing_is_exceeded_by_anything_and_nothing_is_near_it() -> None:
    assert codes(raised(("guarantee", "", 3000, 0, 300), ("transaction", "", 0, 0, 0))) == {
        ("concentration", "guarantee")
    }


@pytest.mark.parametrize("core", [0, -5])
def test_without_positive_core_capital_there_is_no_share_of_it(core: int) -> None:
    flag = only(
        raised(("customer", "甲", 120, 100, 2), core=core),
        "concentration",
        "customer",
    )
    assert (flag["distance_wan_yuan"], flag["distance_points"]) == (-20, None)


def over_time(later: pl.DataFrame, *rows: Any) -> pl.DataFrame:
    first = ("counterparty", "某公司", 3500, 3000, 25, BEFORE)
    return flags_of(
        lines=pl.concat([statement(BEFORE), later]), concentration=measured(first, *rows)
    ).flags.filter(pl.col("code") == "concentration")


def test_since_is_the_first_statement_of_the_spell() -> None:
    found = over_time(statement(Q2), ("counterparty", "某公司", 3600, 3000, 30, Q2))
    assert found.select("period_end", "since", "latest").rows() == [
        (BEFORE, BEFORE, False),
        (Q2, BEFORE, True),
    ]


@pytest.mark.parametrize(
    ("status", "rows", "up"),
    [
        ("computed", [], False),
        ("computed", [("counterparty", "另一家", 1, 3000, 0, Q2)], False),
        ("no data", [], True),
    ],
    ids=["nothing left", "only others left", "not tested"],
)
def test_a_party_that_is_gone_is_below_unless_nobody_looked(status: str, rows: Any, up: bool) -> None:
    found = over_time(statement(Q2, counterparty_concentration=status), *rows)
    assert found.select("period_end", "latest").rows() == [(BEFORE, up)]


def test_where_only_transactions_were_given_the_guarantees_are_as_they_were() -> None:
    first = measured(("guarantee", "", 300, 200, 10, BEFORE), ("transaction", "", 300, 200, 10, BEFORE))
    later = measured(("transaction", "", 100, 200, 0, Q4))
    found = flags_of(
        lines=pl.concat([statement(BEFORE), statement(Q4, contagion_risk="computed")]),
        concentration=pl.concat([first, later]),
    ).flags
    assert found.select("item", "latest").sort("item").rows() == [("guarantee", True), ("transaction", False)]


def test_the_sentence_names_the_party_and_all_amounts() -> None:
    above, near = raised(
        ("counterparty", "C1", 3500, 3000, 25), ("sector", "SWS/银行", 95, 100, 0)
    ).flags.rows(named=True)
    assert flag_sentence(above, "en", {"C1": "某公司"}) == (
        "集团, 2023-06-30: counterparty 某公司: exposure CNY 35.00 million, above its limit of CNY 30.00 million by CNY 5.00 million, "
        "50.00% of core capital, charge CNY 0.25 million; since 2023-06-30; Rule 19 A26, A96; computed statement; "
        "measures that may follow: measures against the group, aimed at the risk (Rule 19 A152)."
    )
    assert "行业 银行（申万行业）的风险暴露为95.00万元，接近限额100.00万元" in flag_sentence(near, "zh")


def test_the_store_keeps_what_the_filing_set_calls_a_counterparty() -> None:
    counterparties = table(
        "counterparties", [{"counterparty_id": "C1", "name": "某公司", "counterparty_class": "other"}]
    )
    kept = with_party_names(
        measured(
            ("counterparty", "C1", 1, 3, 0), ("counterparty", "C2", 1, 3, 0), ("customer", "C1", 1, 3, 0)
        ),
        counterparties,
    )
    assert kept.select("test", "party", "party_name").rows() == [
        ("counterparty", "C1", "某公司"),
        ("counterparty", "C2", None),
        ("customer", "C1", None),
    ]


def test_a_flag_of_the_store_is_told_with_the_counterpartys_name(store: Store) -> None:
    counterparties = table(
        "counterparties", [{"counterparty_id": "C1", "name": "某公司", "counterparty_class": "other"}]
    )
    concentration = with_party_names(measured(("counterparty", "C1", 3500, 3000, 25)), counterparties)
    statements = pl.DataFrame(
        [("集团", Q2, "insurance_holding", "集团", "{}")],
        schema=["group_id", "period_end", "group_type", "name", "explanation"],
        orient="row",
    )
    run = record(
        store,
        "a",
        filing("甲", Q2, 300),
        lines=statement(Q2),
        statements=statements,
        concentration=concentration,
    )
    update_flags(store, run)
    (flag,) = current_flags(store, codes=["concentration"]).rows(named=True)
    assert (flag["party"], flag["figure"], flag["value"]) == ("C1", 3500, "25.000000")
    assert named_parties(store).rows() == [("C1", "某公司", "某公司")]
    wanted = FlagSelection(None, False, None, "concentration")
    assert "counterparty 某公司" in flags_of_store(store, wanted).sentences("en")[0]
