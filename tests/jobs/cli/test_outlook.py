"""``rule19 outlook`` and ``backtest``: what they print and write, with few companies and few falls too."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from jobs.cli.commands import outlook as commands
from jobs.usage import UsageError
from monitoring.outlook.schema import BackTests, Outlooks, OwnForecasts
from tests.build import write_set
from tests.monitoring.outlook.build import QUARTERS, industry

app = typer.Typer()
commands.register(app)


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit | UsageError):
        raise result.exception
    return result


def filings(folder: Path, companies: int, quarters: int, skip: int = 0) -> Path:
    """A set with the solo filings of :func:`industry`, without the first ``skip`` quarters."""
    columns = (
        "entity_id",
        "kind",
        "period_end",
        "basis",
        "actual_capital",
        "core_tier1_capital",
        "minimum_capital",
    )
    table = industry(companies, quarters).filter(pl.col("period_end") >= QUARTERS[skip])
    given = [{c: r[c] for c in columns} | {"kind": "life"} for r in table.iter_rows(named=True)]
    return write_set(folder, {"solo_filings": given})


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filings(tmp_path_factory.mktemp("outlook") / "set", 40, 8)


def test_the_back_test_is_printed_written_and_says_where_the_ratio_alone_is_as_good(
    place: Path, tmp_path: Path
) -> None:
    told = run("backtest", place, "--out", tmp_path, "--language", "en").stdout
    rows = read(tmp_path / "backtest.csv")
    assert list(rows[0]) == BackTests.column_names()
    assert {r["model"] for r in rows} == {"same_as_now", "line_of_four", "level", "rule19"}
    assert "the ratio alone is as good" in told
    # Where the ratio alone is used it is what the record ranks by.
    for limit in ("75", "60", "50"):
        of = {
            r["model"]: r["auc"]
            for r in rows
            if (r["measure"], r["horizon"], r["limit"]) == ("core", "1", limit)
        }
        assert of["rule19"] == of["level"]
    assert list(read(tmp_path / "outlook.csv")[0]) == Outlooks.column_names()
    assert (tmp_path / "own_forecasts.csv").read_text("utf-8").strip() == ",".join(
        OwnForecasts.column_names()
    )


def test_only_forecasts_made_from_the_periods_asked_for_are_scored(place: Path) -> None:
    whole, part = (
        json.loads(run("backtest", place, "--json", *asked).stdout)["backtest"]
        for asked in ((), ("--from", QUARTERS[3], "--to", QUARTERS[4]))
    )
    counts = [
        next(r["n"] for r in rows if (r["measure"], r["horizon"], r["model"]) == ("core", 1, "same_as_now"))
        for rows in (whole, part)
    ]
    assert counts == [40 * 7, 40 * 2]


@pytest.mark.parametrize(
    ("companies", "quarters", "skip"), [(1, 1, 0), (1, 3, 0), (3, 5, 0), (3, 12, 9), (2, 12, 8)]
)
def test_few_companies_and_periods_without_a_fall_are_no_fault(
    tmp_path: Path, companies: int, quarters: int, skip: int
) -> None:
    """From 2024 on there is a start; before, probabilities come with the first falls."""
    place = filings(tmp_path / "set", companies, quarters, skip)
    for command in ("backtest", "outlook"):
        assert run(command, place, "--out", tmp_path / "out", "--quiet").exit_code == 0
    made = read(tmp_path / "out" / "outlook.csv")
    assert len({r["subject_id"] for r in made}) == companies
    assert all(bool(r["p_150"]) for r in made) == bool(skip)


def test_who_is_next_is_printed_and_a_period_without_filings_refused_in_one_line(place: Path) -> None:
    told = run("outlook", place, "--language", "zh", "--quiet").stdout
    assert told == ""
    assert "估计值" in run("outlook", place, "--language", "zh").stdout
    for asked in (("outlook", place, "--period"), ("backtest", place, "--from")):
        problem = run(*asked, "2031-03-31").exception
        assert isinstance(problem, UsageError)
        assert "2031-03-31" in str(problem) and str(QUARTERS[0]) in str(problem)
        assert "\n" not in str(problem)
