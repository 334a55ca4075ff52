"""Capital debt between companies of one group is named with what of it is taken out; between companies of two it is nothing."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.actual_capital.double_counting import capital_debt
from consolidation.result_schemas import Eliminations
from tests.build import read_set

DAY = date(2023, 12, 31)
LINKS = "investor_id,issuer_id,instrument,period_end,counted_by_investor\nA,B,capital_debt,2023-12-31,50\nA,C,equity,2023-12-31,9\n"


@pytest.mark.parametrize(
    ("companies", "told"),
    [
        ([("G", DAY, "A"), ("G", DAY, "B")], ["G"]),
        ([("G", DAY, "A"), ("K", DAY, "B")], []),
        ([("K", DAY, "A"), ("K", DAY, "B"), ("G", DAY, "B"), ("G", DAY, "A"), ("G", DAY, "C")], ["G", "K"]),
        ([("G", DAY, "A"), ("G", date(2023, 6, 30), "B")], []),
    ],
)
def test_capital_debt_is_named_in_every_group_of_both(
    companies: list[tuple[str, date, str]], told: list[str], tmp_path: Path
) -> None:
    filed = read_set(tmp_path, {"capital_links": LINKS})
    frame = pl.DataFrame(companies, schema=["group_id", "period_end", "entity_id"], orient="row")
    out = {
        "group_id": "G",
        "table": "capital_links",
        "file": "capital_links.csv",
        "row": 2,
        "amount": Decimal(30),
    }
    taken_out = pl.DataFrame([out], schema_overrides={"amount": pl.Decimal(38, 6)})
    found = capital_debt(filed, frame, Eliminations.typed(taken_out))
    assert [(f.group_id, f.entity_id, f.row, f.value, f.detail) for f in found] == [
        (group, "A", 2, "30" if group == "G" else "0", {"issuer": "B", "counted": "50"}) for group in told
    ]
