"""What a step of a computation reads decides under which other rulebook its result still holds."""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.rulebook import Rulebook
from consolidation.rulebook.memo import Memo

BOOK = Rulebook.load()
DAY = date(2023, 12, 31)
RATE, SHARE = "add_on_capital.rate", "joint_venture.capital_when_bearing_shortfall"
OTHER_RATE = BOOK.overlay({RATE: BOOK.on(DAY).number(RATE) + 1})


class Steps:
    """An outer step that reads one entry and an inner one that reads another; how often each was computed."""

    def __init__(self) -> None:
        self.memo, self.inner_runs, self.outer_runs = Memo(), 0, 0

    def inner(self, book: Rulebook) -> str:
        self.inner_runs += 1
        return str(book.on(DAY).number(RATE))

    def outer(self, book: Rulebook, *inputs: object) -> tuple[str, str]:
        def compute() -> tuple[str, str]:
            self.outer_runs += 1
            return self.memo.get("inner", book, (), lambda: self.inner(book)), book.on(DAY).value(SHARE)

        return self.memo.get("outer", book, inputs, compute)


def test_a_step_is_computed_again_only_where_an_entry_that_it_read_is_another() -> None:
    steps = Steps()
    first = steps.outer(BOOK)
    unrelated = BOOK.overlay({"reconciliation.tolerance": 7})
    assert steps.outer(unrelated) == first
    assert (steps.outer_runs, steps.inner_runs) == (1, 1)
    assert steps.outer(OTHER_RATE) != first  # read by the inner step only
    assert (steps.outer_runs, steps.inner_runs) == (2, 2)
    assert steps.outer(BOOK) == first
    assert (steps.outer_runs, steps.inner_runs) == (2, 2)


def test_a_known_inner_step_counts_among_what_the_outer_one_read() -> None:
    steps = Steps()
    steps.memo.get("inner", BOOK, (), lambda: steps.inner(BOOK))
    first = steps.outer(BOOK)
    assert steps.inner_runs == 1
    assert steps.outer(OTHER_RATE) != first


def test_another_input_is_another_result_and_an_equal_one_is_the_first_again() -> None:
    steps = Steps()
    first, equal, other = (pl.DataFrame({"a": [n]}) for n in (1, 1, 2))
    for frame in (first, equal, other):
        steps.outer(BOOK, steps.memo.first_equal("frame", frame))
    assert steps.outer_runs == 2
    assert steps.memo.first_equal("frame", equal) is first
    assert steps.memo.first_equal("frame", other) is other
