"""What ``validate`` says of positions is what a run will find in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidation.filing_set import FilingSet, ValidationStatus, read_filing_set, verdict
from consolidation.findings import Finding, Severity
from consolidation.positions import check_positions
from tests.build import amounts, measured, one_group, rows, typed_positions, write_set

SOUND = "S,2023-12-31,A,equity,SWS,银行,100"


def checked(folder: Path, *lines: str, most_rows: int = 20_000_000) -> FilingSet:
    tables = one_group(
        exposures=rows("exposures", SOUND, *lines), counterparties=rows("counterparties", "A,A,other")
    )
    return check_positions(read_filing_set(str(write_set(folder, tables))), most_rows)


def of_positions(found: FilingSet) -> list[Finding]:
    return [f for f in found.findings if f.table == "exposures"]


@pytest.mark.parametrize("digits", ["1２3", "٣"])
def test_digits_that_are_not_0_to_9_are_never_valid_and_the_rest_is_computed(
    tmp_path: Path, digits: str
) -> None:
    found = checked(tmp_path, f"S,2023-12-31,A,equity,SWS,银行,{digits}")
    assert verdict(found).word is ValidationStatus.INVALID
    (told,) = [f for f in found.findings if f.severity is Severity.ERROR]
    assert (told.file, told.row, told.column, told.value) == ("exposures.csv", 3, "carrying_amount", digits)
    assert told in measured(tmp_path).findings


def test_sound_positions_add_nothing_and_faulty_ones_are_told_at_once(tmp_path: Path) -> None:
    assert verdict(checked(tmp_path)).word is ValidationStatus.VALID
    found = checked(tmp_path, "Z,2023-12-31,A,equity,SWS,银行,1", "S,2023-12-31,A,gold,SWS,银行,1")
    assert [(f.code, f.row) for f in of_positions(found)] == [("entity-unknown", 3), ("word-unknown", 4)]


def test_a_sample_says_that_it_is_one(tmp_path: Path) -> None:
    found = checked(tmp_path, *[SOUND] * 100, most_rows=10)
    (said,) = of_positions(found)
    assert (said.code, said.severity) == ("positions-sampled", Severity.INFO)
    assert "其余在合并时读取" in said.message("zh")


def test_positions_in_gb18030_are_told_with_row_and_bytes(tmp_path: Path) -> None:
    checked(tmp_path, "S,2023-12-31,A,equity,SWS,保险,1")
    path = tmp_path / "exposures.csv"
    path.write_bytes(path.read_text("utf-8").encode("gb18030"))
    found = check_positions(read_filing_set(str(tmp_path)))
    assert [(f.code, f.row, f.value) for f in of_positions(found)] == [("file-gb18030", 2, "d2 f8 d0 d0")]
    assert not of_positions(check_positions(read_filing_set(str(tmp_path), encoding="gb18030")))


def test_a_parquet_file_of_the_required_columns_gives_what_the_csv_gives(tmp_path: Path) -> None:
    checked(tmp_path, "S,2023-12-31,B,equity,SWS,保险,30")
    by_csv = amounts(measured(tmp_path))
    typed_positions(rows("exposures", SOUND, "S,2023-12-31,B,equity,SWS,保险,30")).select(
        "entity_id",
        "period_end",
        "counterparty_id",
        "asset_class",
        "sector_scheme",
        "sector",
        "carrying_amount",
    ).write_parquet(tmp_path / "exposures.parquet")
    (tmp_path / "exposures.csv").unlink()
    found = check_positions(read_filing_set(str(tmp_path)))
    assert verdict(found).word is ValidationStatus.VALID and not of_positions(found)
    assert amounts(measured(tmp_path)) == by_csv
