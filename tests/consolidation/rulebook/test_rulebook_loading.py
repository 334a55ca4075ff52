"""What loading the rulebook refuses: faults of its own files, each named in one line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from consolidation.rulebook import NotInForce, Rulebook, RulebookFault, files

FILES = files()


@pytest.fixture
def rulebook_of(tmp_path: Path) -> Callable[..., Rulebook]:
    """A rulebook of one entry x.y with these dated values."""

    def make(*values: str, head: str = "  description: {zh: 甲, en: a}\n  unit: ratio") -> Rulebook:
        path = tmp_path / "one.yaml"
        path.write_text(f"x.y:\n{head}\n  values:\n" + "".join(f"    {v}\n" for v in values), "utf-8")
        return Rulebook.from_files([path])

    return make


FIRST = "- {from: 2022-01-01, value: 1, article: Rule 1 A1}"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([FIRST, "- {from: 2022-01-01, value: 2, article: Rule 1 A1}"], "overlap or are out of order"),
        ([FIRST, "- {from: 2021-01-01, value: 2, article: Rule 1 A1}"], "overlap or are out of order"),
        (
            [
                "- {from: 2022-01-01, until: 2023-01-01, value: 1, article: Rule 1 A1}",
                "- {from: 2023-01-01, value: 2, article: Rule 1 A1}",
            ],
            "overlaps the next one",
        ),
        (["- {from: 2022-01-01, until: 2021-12-31, value: 1, article: Rule 1 A1}"], "ends before it begins"),
        (["- {from: 2022-01-01, value: 1}"], "has no article"),
        (['- {from: 2022-01-01, value: 1, article: ""}'], "has no article"),
        (["- {from: 2022-01-01, article: Rule 1 A1}"], "has no value"),
        (["- {from: 2022, value: 1, article: Rule 1 A1}"], "from and until must be dates"),
        (["- {from: 2022-01-01, value: 1, article: Rule 1 A1, note: no}"], "'no' is not a value here"),
        (["- {from: 2022-01-01, value: 1, article: Rule 1 A1, note: n}"], "unknown field note"),
        (["- {from: 2022-01-01, value: 1.5e+3, article: Rule 1 A1}"], "'1.5e+3' is not a value here"),
        (["- {from: 2022-01-01, value: .nan, article: Rule 1 A1}"], "'.nan' is not a value here"),
        (["- {from: 2022-01-01, value: 1:30, article: Rule 1 A1}"], "'1:30' is not a value here"),
        (["- {from: 2022-01-01, value: , article: Rule 1 A1}"], "a value is missing"),
        (["- {from: 2022-01-01, value: {a: 1, a: 2}, article: Rule 1 A1}"], "a is given twice"),
    ],
)
def test_loading_refuses_bad_values(
    rulebook_of: Callable[..., Rulebook], values: list[str], fault: str
) -> None:
    with pytest.raises(RulebookFault, match=r"one\.yaml: ") as caught:
        rulebook_of(*values)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("  description: {zh: 甲, en: a}", "x.y: has no unit"),
        ("  unit: ratio", "x.y: has no description"),
        ("  description: {zh: 甲}\n  unit: ratio", "x.y: description: has no en"),
    ],
)
def test_loading_refuses_an_entry_without_unit_or_description(
    rulebook_of: Callable[..., Rulebook], head: str, fault: str
) -> None:
    with pytest.raises(RulebookFault, match=fault):
        rulebook_of(FIRST, head=head)


def test_loading_refuses_an_id_that_stands_in_two_files(tmp_path: Path) -> None:
    twin = tmp_path / "twin.yaml"
    twin.write_text(FILES[0].read_text("utf-8"), "utf-8")
    with pytest.raises(RulebookFault, match=r"twin\.yaml: .* is also defined in another file"):
        Rulebook.from_files([FILES[0], twin])


def test_an_entry_with_an_until_is_not_in_force_after_it(rulebook_of: Callable[..., Rulebook]) -> None:
    book = rulebook_of("- {from: 2022-01-01, until: 2022-12-31, value: 1, article: Rule 1 A1}")
    assert book.on(date(2022, 12, 31)).number("x.y") == 1
    with pytest.raises(NotInForce):
        book.on(date(2023, 1, 1)).number("x.y")


@pytest.mark.parametrize("end", ["06-31", "6-30", "02-29", "30 June"])
def test_loading_refuses_a_period_that_ends_on_no_day_of_every_year(tmp_path: Path, end: str) -> None:
    (law,) = (path for path in FILES if path.name == "obligations_group.yaml")
    changed = tmp_path / law.name
    changed.write_text(law.read_text("utf-8").replace('["06-30"]', f'["{end}"]', 1), "utf-8")
    with pytest.raises(RulebookFault, match=f"group-semiannual-report: a period cannot end on '{end}'"):
        Rulebook.from_files([changed])
