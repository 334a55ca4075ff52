"""Single steps of the concentration test: a limit of a figure that is not positive, whose customers count, who is listed below."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.filing_set.filing_basis import cell
from consolidation.minimum_capital.concentration import ConcentrationLimit, PartyExposures, concentration
from consolidation.minimum_capital.customers import Customers
from consolidation.minimum_capital.group_figures import GroupFigure, limit_of
from consolidation.rulebook import Rulebook

DAY = date(2023, 12, 31)
LAW = Rulebook.load().on(DAY)
ROW = {"group_id": "G", "period_end": DAY, "total_assets": Decimal(0), "source_file": "f", "source_row": 2}


@pytest.mark.parametrize(
    ("figure", "limit", "formula", "inputs"),
    [
        ("0.01", "0.005", "share × assets", 2),
        ("0", "0", "max(share × assets, 0)", 3),
        ("-1", "0", "max(share × assets, 0)", 3),
    ],
)
def test_a_limit_says_where_its_figure_is_not_positive(
    figure: str, limit: str, formula: str, inputs: int
) -> None:
    read = cell("group_financials", ROW, "total_assets", "group_id", "period_end")
    rule = LAW.rule("specific_risk.figure_not_positive")
    found = limit_of(Decimal("0.5"), rule, GroupFigure(Decimal(figure), read), "assets", LAW)
    assert (found.amount, found.formula, len(found.inputs)) == (Decimal(limit), formula, inputs)


def test_customers_of_companies_that_count_alone() -> None:
    income = pl.DataFrame(
        {"entity_id": ["A", "B", "X"], "period_end": [DAY] * 3, "customer_id": ["C", "A", "C"], "amount": [1, 2, 4]}
    )  # fmt: skip
    counted = pl.DataFrame({"group_id": ["G", "G"], "period_end": [DAY] * 2, "entity_id": ["A", "B"]})
    sums = Customers.of(income, counted).sums
    assert {key: sorted(of_group) for key, of_group in sums.items()} == {
        ("G", DAY): [("A", 2, True), ("C", 1, False)]
    }


def test_the_largest_below_their_limit_are_listed_first() -> None:
    parties = [(party, "other", Decimal(n)) for party, n in zip("ABCDE", (3, 9, 1, 3, 7), strict=True)]
    limits = {"other": ConcentrationLimit(Decimal(8), Decimal("0.1"), ())}
    result = concentration(PartyExposures("counterparty", parties, limits), lambda _: ())
    assert [(test.party, test.charge) for test in result.limit_tests] == [
        ("B", Decimal("0.1")), ("E", 0), ("A", 0), ("D", 0), ("C", 0),
    ]  # fmt: skip
