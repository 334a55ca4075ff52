"""From a charge down to the companies that hold a counterparty and the rows of its largest positions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import consolidation.positions.aggregate
import consolidation.positions.charges
import consolidation.positions.readers.parquet_reader
from consolidation.filing_set import read_filing_set
from consolidation.progress import Progress
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from jobs.cli.output.explain import ExplainedLine, explanation, print_tree
from jobs.pipeline import run
from tests.build import DAY, measured, one_group, rows, write_set
from tests.oracle.plain_reading import Tables


def tables(*lines: str) -> Tables:
    members = rows("group_members", "G,P,parent", "G,S,subsidiary")
    return one_group(
        group_members=members,
        exposures=rows("exposures", *lines),
        counterparties=rows("counterparties", "A,甲公司,other"),
    )


def explained(folder: Path, out: Path, line: str) -> ExplainedLine:
    run(
        read_filing_set(str(folder)),
        out,
        scope=Scope(),
        rulebook=Rulebook.load(),
        started_at=datetime.now(UTC),
        arguments={},
        record=None,
        progress=Progress(),
    )
    return explanation(out, "G", DAY, line)


def nodes(tree: dict[str, Any], **wanted: str) -> list[dict[str, Any]]:
    here = [tree] if all(tree.get(name) == value for name, value in wanted.items()) else []
    return here + [n for child in tree.get("inputs", ()) for n in nodes(child, **wanted)]


def test_a_counterparty_leads_to_its_holders_and_their_rows_the_largest_first(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "set",
        tables(
            "S,2023-12-31,A,equity,SWS,银行,10000",
            "P,2023-12-31,A,fund,SWS,银行,40000.5",
            "S,2023-12-31,B,equity,SWS,银行,29999",
            "S,2023-12-31,A,equity,SWS,银行,11000",
        ),
    )
    tree = explained(folder, tmp_path / "out", "concentration_risk_minimum_capital").tree.to_json()

    (party,) = nodes(tree, step="counterparty")
    holders = nodes(party, step="holder")
    assert (party["note"], [(h["note"], h["amount"]) for h in holders]) == (
        "A",
        [("P", "40000.500000"), ("S", "21000.000000")],
    )
    found = [(c["value"], c["file"], c["row"]) for h in holders for c in h["inputs"]]
    assert found == [
        ("40000.500000", "exposures.csv", 3),
        ("11000.000000", "exposures.csv", 5),
        ("10000.000000", "exposures.csv", 2),
    ]


def test_a_sector_leads_to_its_holders_too_and_other_steps_to_none(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "set", tables(*(f"S,2023-12-31,C{n},equity,GICS,Energy,20000" for n in range(6)))
    )
    tree = explained(folder, tmp_path / "out", "sector_concentration_minimum_capital").tree.to_json()
    (sector,) = nodes(tree, step="sector")
    (holder,) = nodes(tree, step="holder")
    assert (sector["note"], holder["note"], holder["positions"]) == ("GICS/Energy", "S", 6)
    assert len(holder["inputs"]) == 6


def test_positions_beyond_the_twenty_largest_are_counted_and_their_amounts_add_up(tmp_path: Path) -> None:
    lines = (f"S,2023-12-31,A,equity,SWS,银行,{1000 + n}" for n in range(50))
    tree = explained(
        write_set(tmp_path / "set", tables(*lines)),
        tmp_path / "out",
        "counterparty_concentration_minimum_capital",
    ).tree.to_json()
    (holder,) = nodes(tree, step="holder")
    *shown, further = holder["inputs"]
    assert [c["value"] for c in shown] == [f"{1049 - n}.000000" for n in range(20)]
    assert further["note"] == "30"
    whole = sum(Decimal(c["value"]) for c in shown) + Decimal(further["amount"])
    assert whole == Decimal(holder["amount"]) == sum(range(1000, 1050))


def test_the_tree_on_the_terminal_names_company_file_and_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(tmp_path / "set", tables("S,2023-12-31,A,equity,SWS,[bold]行业[/],40000"))
    explained_line = explained(folder, tmp_path / "out", "counterparty_concentration_minimum_capital")
    print_tree(explained_line, "zh")
    printed = capsys.readouterr().out
    assert "持有公司 40000.000000  S" in printed
    assert "exposures.csv 第2行" in printed


def test_in_chinese_every_word_but_ids_is_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_set(tmp_path / "set", tables("S,2023-12-31,A,equity,SWS,行业,40000"))
    print_tree(explained(folder, tmp_path / "out", "comprehensive_solvency_ratio"), "zh")
    tree = capsys.readouterr().out.split("所依据的口径")[0]
    english = "Rule|Notice|from|row|share|limit|ratio|factor|engine|rulebook|capital|subsidiary|parent|needs"
    assert not re.findall(rf"(?<![\w.\[=])(?:{english})(?![\w.\]=])", tree)


def test_what_is_left_out_is_told_with_its_reason_in_words_and_who_issued_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tables("S,2023-12-31,PB,fund,SWS,银行,40000,,A,true", "S,2023-12-31,P,loan,SWS,银行,7")
    told["counterparties"] += rows("counterparties", "PB,Policy bank,policy_bank")
    explained_line = explained(
        write_set(tmp_path / "set", told), tmp_path / "out", "counterparty_concentration_minimum_capital"
    )
    print_tree(explained_line, "en")
    printed = capsys.readouterr().out
    assert "Left out 40000  financial product issued by a policy bank or government-supported body" in printed
    assert "Issued by 40000  PB" in printed
    assert "Left out 7  within the group" in printed


def test_holders_and_rest_add_up_to_every_listed_exposure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidation.positions.aggregate, "MOST_PARTIES", 3)
    monkeypatch.setattr(consolidation.positions.readers.parquet_reader, "CHUNK_ROWS", 40)
    lines = (f"{'PS'[n % 2]},2023-12-31,C{n % 60},equity,SWS,银行,{n}.5" for n in range(300))
    run_of = measured(write_set(tmp_path, tables(*lines), part_rows=30, group_rows=10))
    held = run_of.holders.filter(test="counterparty").group_by("party").agg(pl.col("amount").sum())
    listed = run_of.concentration.filter(test="counterparty").select("party", amount="exposure")
    assert held.sort("party").equals(listed.sort("party"))
    assert "" in run_of.holders["entity_id"]


def test_of_very_many_positions_those_of_a_thousandth_of_the_limit_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consolidation.positions.measurement, "FEW_POSITIONS", 3)
    amounts = ("15.999999", "16", "31", "50000")  # the limit is 30,000; 16 is the power of two below 30
    lines = (f"S,2023-12-31,A,equity,SWS,银行,{amount}" for amount in amounts)
    run_of = measured(write_set(tmp_path, tables(*lines)))
    assert run_of.positions.filter(test="counterparty")["amount"].to_list() == [50000, 31, 16]
