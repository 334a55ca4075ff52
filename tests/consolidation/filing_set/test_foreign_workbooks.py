"""A file that is no filing set but might be taken for one says what it is and what to do."""

from pathlib import Path

import pytest

from consolidation.filing_set import UnusableSet, read_filing_set
from tests.consolidation.annex9.forms import workbook
from tests.consolidation.filing_set.small_sets import SOUND, write_set


def test_an_insurers_workbook_is_known_by_its_sheets(tmp_path: Path) -> None:
    path = workbook(tmp_path / "甲.xlsx")
    for place in (path, tmp_path):
        with pytest.raises(UnusableSet) as caught:
            read_filing_set(str(place))
        for language in ("zh", "en"):
            assert "rule19 import" in caught.value.message(language)
            assert "甲.xlsx" in caught.value.message(language)


def test_an_insurers_workbook_beside_the_tables_is_named(tmp_path: Path) -> None:
    write_set(tmp_path, {"solo_filings": SOUND["solo_filings"]})
    workbook(tmp_path / "甲.xlsx")
    found = [(f.code, f.file) for f in read_filing_set(str(tmp_path)).findings if "workbook" in f.code]
    assert found == [("workbook-annex", "甲.xlsx")]


@pytest.mark.parametrize("ending", ["xls", "et", "ods"])
def test_an_old_format_is_named_and_stops_where_it_is_a_table(tmp_path: Path, ending: str) -> None:
    write_set(tmp_path, {"solo_filings": SOUND["solo_filings"]})
    for stem in ("industry_averages", "附表"):
        (tmp_path / f"{stem}.{ending}").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    found = {f.file: f for f in read_filing_set(str(tmp_path)).findings if f.code == "file-old-format"}
    assert {file: str(f.severity) for file, f in found.items()} == {
        f"industry_averages.{ending}": "error",
        f"附表.{ending}": "warning",
    }
    assert ".xlsx" in found[f"附表.{ending}"].message("zh")
