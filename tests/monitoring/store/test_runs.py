"""Listing and comparing runs."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

from monitoring.store.runs import UnknownRun, compare_runs, list_runs, run_number
from monitoring.store.store import Store, record_run
from tests.monitoring.store.records import H1, H2, MONDAY, TUESDAY, a_run, finding, findings, solo_filings


def test_the_list_says_who_ran_what_when_on_which_data(store: Store) -> None:
    record_run(
        store,
        a_run(
            "data",
            filings=solo_filings(("甲", H1, 1)),
            capital={("集团", H1): 1},
            arguments={"group": "集团"},
            recorded_at=TUESDAY,
        ),
    )
    (run,) = list_runs(store).iter_rows(named=True)
    assert run["run_id"] == 1
    assert (run["who"], run["source"], run["status"], run["is_standing"]) == (
        "王芳",
        "filings",
        "complete",
        True,
    )
    assert (run["started_at"], run["recorded_at"], run["effective_at"]) == (MONDAY, TUESDAY, TUESDAY)
    assert (run["data_hash"], run["rulebook_hash"], run["engine_version"]) == ("data", "rulebook", "0.1.0")
    assert (run["statements"], run["filings"], run["errors"], run["warnings"]) == (1, 1, 0, 0)
    assert json.loads(run["arguments"]) == {"group": "集团"}


def test_a_comparison_shows_only_the_lines_that_differ(store: Store) -> None:
    record_run(store, a_run("a", capital={("集团", H1): "10.5", ("集团", H2): 20, ("别的", H1): 5}))
    record_run(store, a_run("b", capital={("集团", H1): "10.500001", ("集团", H2): 20, ("新的", H1): 7}))
    lines = compare_runs(store, 1, "2").lines
    assert lines.columns == [
        "group_id",
        "period_end",
        "line",
        "amount_a",
        "amount_b",
        "difference",
        "status_a",
        "status_b",
        "unit",
    ]
    assert {
        row[0]: row[1:]
        for row in lines.select(
            "group_id", "amount_a", "amount_b", "difference", "status_a", "status_b", "unit"
        ).iter_rows()
    } == {
        "集团": (Decimal("10.5"), Decimal("10.500001"), Decimal("0.000001"), "computed", "computed", "万元"),
        "别的": (Decimal(5), None, None, "computed", None, "万元"),
        "新的": (None, Decimal(7), None, None, "computed", "万元"),
    }


def test_a_line_that_could_not_be_computed_differs_by_its_status(store: Store) -> None:
    capital = {("集团", H1): "10"}
    lost = a_run("b", capital=capital).lines
    assert lost is not None
    record_run(store, a_run("a", capital=capital))
    record_run(store, a_run("b", capital=capital, lines=lost.with_columns(status=pl.lit("reported"))))
    assert compare_runs(store, 1, 2).lines.select("status_a", "status_b").rows() == [("computed", "reported")]


def test_a_comparison_names_every_cell_that_was_filed_otherwise(store: Store) -> None:
    record_run(store, a_run("a", filings=solo_filings(("甲", H1, 10), ("乙", H1, 20), ("丙", H1, 30))))
    record_run(store, a_run("b", filings=solo_filings(("丙", H1, 30), ("甲", H1, 11), ("丁", H1, 40))))
    assert compare_runs(store, 1, 2).filings.rows() == [
        ("solo_filings", "丁 2023-06-30 quarterly", "(row)", None, "given"),
        ("solo_filings", "乙 2023-06-30 quarterly", "(row)", "given", None),
        ("solo_filings", "甲 2023-06-30 quarterly", "actual_capital", "10.000000", "11.000000"),
        (
            "solo_filings",
            "甲 2023-06-30 quarterly",
            "comprehensive_solvency_ratio",
            "0.100000000000",
            "0.110000000000",
        ),
    ]


def test_a_comparison_names_a_published_line_that_changed(store: Store) -> None:
    def published(amount: int) -> dict[str, pl.DataFrame]:
        row = {"group_id": "集团", "period_end": H1, "basis": "annual", "line": "minimum_capital"}
        return {"group_filing_lines": pl.DataFrame([{**row, "amount": Decimal(amount)}])}

    record_run(store, a_run("a", tables=published(1)))
    record_run(store, a_run("b", tables=published(2)))
    assert compare_runs(store, 1, 2).filings.rows() == [
        ("group_filing_lines", "集团 2023-06-30 annual minimum_capital", "amount", "1.000000", "2.000000")
    ]


def test_a_comparison_names_the_files_that_changed(store: Store) -> None:
    def files(**hashes: str) -> pl.DataFrame:
        return pl.DataFrame(
            [
                {"path": path, "table": "solo_filings", "sha256": sha, "size": 5, "rows": 1}
                for path, sha in hashes.items()
            ]
        )

    record_run(store, a_run("a", input_files=files(same="0", changed="1", gone="2")))
    record_run(store, a_run("b", input_files=files(same="0", changed="9", new="3")))
    assert compare_runs(store, 1, 2).files.select("path", "sha256_a", "sha256_b").rows() == [
        ("changed", "1", "9"),
        ("gone", "2", None),
        ("new", None, "3"),
    ]


def test_a_comparison_names_findings_that_only_one_run_has(store: Store) -> None:
    record_run(store, a_run("a", findings=findings(finding("both", row=3), finding("healed", row=None))))
    record_run(store, a_run("b", findings=findings(finding("both", row=3), finding("new", "error"))))
    comparison = compare_runs(store, 1, 2)
    assert comparison.findings.select("run", "code").rows() == [("a", "healed"), ("b", "new")]
    assert [(name, frame.height) for name, frame in comparison.parts()] == [
        ("lines", 0),
        ("filings", 0),
        ("files", 0),
        ("findings", 2),
    ]
    assert json.dumps(comparison.to_json(), default=str)


def test_a_run_compared_with_itself_differs_in_nothing(store: Store) -> None:
    record_run(
        store,
        a_run(
            "a",
            filings=solo_filings(("甲", H1, 10)),
            capital={("集团", H1): 10},
            findings=findings(finding("one", row=None)),
        ),
    )
    assert [frame.height for _, frame in compare_runs(store, 1, 1).parts()] == [0, 0, 0, 0]


@pytest.mark.parametrize("given", ["2", 2, "last", "", "-1", "1.0", "9" * 30])
def test_a_run_that_is_not_there_is_said_so(store: Store, given: str | int) -> None:
    record_run(store, a_run("a"))
    with pytest.raises(UnknownRun, match="there is no run .*`rule19 runs` lists them"):
        run_number(store, given)
    assert run_number(store, "1") == 1
