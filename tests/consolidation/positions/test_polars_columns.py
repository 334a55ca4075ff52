"""Columns that Polars decodes are those of the file, whatever ids it has."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from consolidation.filing_set.readers.contents import Part
from consolidation.positions.readers import polars_columns
from consolidation.positions.readers.polars_columns import PolarsColumns

CODES = tuple(f"91310000MA{n:08}" for n in range(40))
"""As long as unified social credit codes."""

Ids = list[str | None]
OTHERS = (
    "INS0199",
    "中国银行",
    "",
    " ",
    "91310000MA0000000 ",
    "9131000000000",
    "中国银行股份有限公司",
    "a name of thirty-six bytes, not more.",
)
ids = st.one_of(st.none(), st.sampled_from(CODES), st.sampled_from(OTHERS))


def decoded(folder: Path, of_ids: Ids, **written: object) -> dict[str, pa.Array]:
    """A part with these ids, as Polars decodes it from the third row on."""
    table = pa.table(
        {
            "counterparty_id": pa.array(of_ids, pa.string()),
            "carrying_amount": pa.array([Decimal(n) for n in range(len(of_ids))], pa.decimal128(38, 6)),
            "in_default": pa.array([n % 3 == 0 or None for n in range(len(of_ids))], pa.bool_()),
            "sector": pa.array(of_ids, pa.string()),
        }
    )
    path = folder / "part.parquet"
    parquet.write_table(table, path, **written)
    part = Part(str(path), "part.parquet", 1, "parquet")
    found = PolarsColumns(part, table.schema).decoded(2, len(table) - 2, table.column_names)
    assert found.keys() - {"counterparty_id"} == {"carrying_amount", "in_default"}
    assert all(array.to_pylist() == table[name].to_pylist()[2:] for name, array in found.items())
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(ids, min_size=3), st.booleans(), st.sampled_from((1, 4, 100)))
def test_ids_are_those_of_the_file(of_ids: Ids, in_dictionary: bool, group_rows: int) -> None:
    any_share = patch.object(polars_columns, "_MOST_OF_OTHER_LENGTHS", 1)
    with tempfile.TemporaryDirectory() as folder, any_share:
        decoded(Path(folder), of_ids, use_dictionary=in_dictionary, row_group_size=group_rows)


def test_codes_of_one_length_are_numbered_with_a_few_others_among_them(tmp_path: Path) -> None:
    of_ids: Ids = [*CODES, None, "INS0199", None, *CODES, "a short name", *CODES[:20]]
    found = decoded(tmp_path, of_ids)["counterparty_id"]
    assert found.dictionary.to_pylist()[: len(CODES)] == list(CODES)
    assert len(found.dictionary) == len(CODES) + 2


@pytest.mark.parametrize(
    "of_ids",
    [
        [*CODES, *("INS0199" for _ in range(10))],
        ["short", "names", "only"],
        [f"a name of many bytes {10**n}" for n in range(9)],
        ["上海保险公司", "北京保险公司"],
        [None, None, None],
    ],
    ids=["many others", "short", "of any length", "not ASCII", "empty"],
)
def test_other_ids_are_left_to_arrow_and_not_tried_again(tmp_path: Path, of_ids: Ids) -> None:
    assert "counterparty_id" not in decoded(tmp_path, of_ids)
    schema = parquet.read_schema(tmp_path / "part.parquet")
    columns = PolarsColumns(Part(str(tmp_path / "part.parquet"), "part.parquet", 1, "parquet"), schema)
    columns.decoded(0, len(of_ids), schema.names)
    assert columns.decoded(0, len(of_ids), ["counterparty_id"]) == {}
