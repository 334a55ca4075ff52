"""What one cell of an official sheet holds: a formula, the engine's number with a remark, or a word."""

from decimal import Decimal

import pytest

from consolidation.annex10.cells import Balance, Content, content
from consolidation.annex10.layout import HOLDING, layout
from consolidation.provenance import Status
from tests.consolidation.annex10.groups import LIMITS


@pytest.mark.parametrize(
    ("value", "shown"), [("5.000001", True), ("4.999999", True), ("5.000002", False), ("4.999998", False)]
)
def test_a_formula_may_differ_in_the_last_place_of_a_line(value: str, shown: bool) -> None:
    assert Balance({1: Decimal(5)}, {}).shows(1, Decimal(value)) is shown


@pytest.mark.parametrize(
    ("amount", "parts", "held"),
    [
        ("100", ("60", "30", "0", "0"), Content(amount=Decimal(100), remark="annex10.as_stated")),
        ("100", ("0", "0", "0", "0"), Content(amount=Decimal(100), remark="annex10.parts_not_given")),
        ("100", ("60", None, "20", "20"), Content(amount=Decimal(100), remark="annex10.parts_not_given")),
        ("100", ("60", "0", "20", "20"), Content("C6+C7+C8+C9", amount=Decimal(100))),
        (None, ("60", "0", "20", "20"), Content(word="annex10.not_computable")),
        (None, ("60", None, "20", "20"), Content("C6+C7+C8+C9", "COUNT(C6,C7,C8,C9)=4", word="annex10.not_computable")),
    ],
)  # fmt: skip
def test_a_total_is_a_formula_where_its_parts_give_it(
    amount: str | None, parts: tuple[str | None, ...], held: Content
) -> None:
    amounts = dict(enumerate((None if a is None else Decimal(a) for a in (amount, *parts)), start=1))
    balance = Balance(amounts, dict.fromkeys(amounts, Status.COMPUTED))
    assert content(layout(HOLDING)[0], balance, "C", LIMITS, None) == held
