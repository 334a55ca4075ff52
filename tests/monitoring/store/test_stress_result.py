"""The stress result of a group read back from the store: its lines and its members', steps, and what was said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from consolidation.rulebook import Rulebook
from consolidation.scenario.reading import read_scenarios
from consolidation.scenario.stress import stress
from monitoring.flags.store import keep_stress
from monitoring.store.recording import provenance
from monitoring.store.store import Store
from monitoring.store.stress import group_lines, outdated_scenarios, scenario_descriptions, stress_result
from tests.build import read_set, rows
from tests.consolidation.scenario.worked import worked_example

BOOK = Rulebook.load()
DAY = date(2023, 12, 31)
OWN = "own: {description: {zh: 自设, en: Own}, stages: [{shocks: [{type: capital_loss, companies: [L], amount: 5000}]}]}"


def test_a_group_has_of_each_scenario_what_the_newest_test_gave(store: Store, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    tables = worked_example()
    tables["stress_results"] = tables["stress_results"][:3]  # J gives its base alone
    tables["guarantees"] = rows("guarantees", f"G,1,{DAY},J,L,3000")
    filed = read_set(tmp_path / "set", tables)
    made = provenance(filed, BOOK, who="w", started_at=datetime.now(UTC), arguments={})
    first = stress(filed, BOOK)
    keep_stress(store, first, made)
    second = stress(filed, BOOK, read_scenarios(tmp_path / "own.yaml"), with_second_round=True)
    keep_stress(store, second, {**made, "data_hash": "of later data"})

    found = stress_result(store, "G", DAY, ["L", "J"])
    assert found is not None and found.scenarios == ("macro", "own")
    assert found.tests["id"].to_list() == [2, 1]
    assert (found.test_behind("macro")["id"], found.test_behind("own")["id"]) == (1, 2)
    macro = found.lines.filter(scenario="macro")
    assert_frame_equal(macro, first.lines.filter(pl.col("scenario") == "macro"))
    assert_frame_equal(found.attribution.filter(scenario="macro"), first.attribution)
    assert found.changes.filter(scenario="macro", stage=1)["entity_id"].to_list() == ["L"]
    assert found.outdated == {"macro"}, "its base is not that of the newest data"
    assert outdated_scenarios(store).rows() == [("G", DAY, "macro")]
    assert found.descriptions == scenario_descriptions(store) and found.descriptions["own"]["zh"] == "自设"
    assert_frame_equal(found.clearing, second.clearing)
    assert found.clearing.select("debtor_id", "paid_exactly", "way_out").rows() == [
        ("J", "2000", "L"), ("L", "3000", None),
    ]  # fmt: skip
    missing = found.findings.filter(code="stress-result-missing")
    assert missing["entity_id"].to_list() == ["J"]
    assert set(found.reverse["report_date"]) <= {DAY}
    assert stress_result(store, "no such group", DAY, ["L"]) is None
    ratios = group_lines(store, ["comprehensive_solvency_ratio"])
    assert set(ratios["line"]) == {"comprehensive_solvency_ratio"} and "own" in set(ratios["scenario"])
