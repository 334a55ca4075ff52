"""No text in a CSV is taken for a formula, no number becomes a text, and what was written is read back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from consolidation.cell_text.spreadsheet_text import as_text, as_written, for_csv, unescaped
from tests.build import one_group, read_set, rows

TEXTS = st.text(st.sampled_from("=+-@'\t\r\n 1.5ea%险＝"), max_size=6)


@given(TEXTS)
def test_every_text_is_read_back_and_none_begins_like_a_formula_unless_it_is_a_number(text: str) -> None:
    written = as_text(text)
    assert as_written(written) == text
    if written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝")):
        Decimal(written.removesuffix("%"))


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_frame_is_written_and_read_as_its_cells_are(texts: list[str]) -> None:
    frame = pl.DataFrame({"a": texts})
    assert for_csv(frame)["a"].to_list() == [as_text(text) for text in texts]
    assert unescaped(for_csv(frame), ["a"])["a"].to_list() == texts


def test_negative_numbers_stay_numbers() -> None:
    frame = pl.DataFrame(
        {"text": ["-1.50", "=1+1"], "amount": [Decimal("-1.50"), None], "float": [-0.5, 1.0]}
    )
    assert for_csv(frame).write_csv() == "text,amount,float\n-1.50,-1.50,-0.5\n'=1+1,,1.0\n"


def test_ids_that_were_kept_from_being_formulas_are_the_ids_they_were(tmp_path: Path) -> None:
    sets = [
        read_set(
            tmp_path / name,
            one_group(
                entities=rows(
                    "entities", f"{parent},Parent,holding", "S,Subsidiary,life", "J,Venture,property"
                ),
                exposures=rows("exposures", f"{parent},2023-12-31,A,equity,SWS,银行,1"),
            ),
        )
        for name, parent in (("plain", "=P"), ("escaped", "'=P"))
    ]
    assert [one.tables["entities"]["entity_id"].to_list() for one in sets] == [["=P", "S", "J"]] * 2
