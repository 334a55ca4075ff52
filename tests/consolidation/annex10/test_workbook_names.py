"""How the file of a workbook is named: after its group and period, safe and distinct for any ids."""

import itertools
from collections.abc import Iterator
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from consolidation.annex10 import workbook_name


def test_a_workbook_is_named_after_its_group_and_period() -> None:
    assert workbook_name("阳光集团", date(2023, 12, 31)) == "阳光集团_2023-12-31.xlsx"
    assert workbook_name("group-7 (旧)", date(2023, 6, 30)) == "group-7 (旧)_2023-06-30.xlsx"
    assert workbook_name("G07", date(2023, 6, 30), ["G07", "G08"]) == "G07_2023-06-30.xlsx"
    assert workbook_name("G07", date(2023, 6, 30), ["g07"]) == "G07~b675a81beafb_2023-06-30.xlsx"
    assert workbook_name("G", date(2023, 6, 30)) == "G_2023-06-30.xlsx"


def hostile_ids() -> Iterator[str]:
    yield from (
        "",
        ".",
        "..",
        "../../etc/passwd",
        "C:\\x",
        "a/b",
        "a\\b",
        "a:b",
        "a*b",
        "a?b",
        'a"b',
        "a<b",
        "a>b",
        "a|b",
    )
    yield from (
        "a\x00b",
        "a\nb",
        ".hidden",
        "CON",
        "con",
        "Con",
        "nul.txt",
        "阳" * 200,
        "阳" * 199 + "光",
        "a" * 300,
        "a~b",
    )
    yield from (
        " a",
        "a ",
        "a.",
        "é",
        "e\u0301",
        "ABC",
        "abc",
        "Abc",
        "\ud800",
        "\u202egnp.exe",
        "😀",
        "ß",
        "ss",
    )


def test_no_id_makes_an_unsafe_name_and_no_two_ids_share_one() -> None:
    every = list(hostile_ids())
    names = {text: workbook_name(text, date(2023, 12, 31), every) for text in every}
    for text, name in names.items():
        assert not set(name) & set('/\\:*?"<>|\0\n\u202e'), text
        assert len(name.encode()) <= 120 and name.isprintable(), text
        assert not name.startswith((".", " ")) and ".." not in name and name.endswith("_2023-12-31.xlsx"), (
            text
        )
    for one, other in itertools.combinations(names, 2):
        assert names[one].casefold() != names[other].casefold(), (one, other)


@given(st.text(), st.text())
def test_names_are_safe_and_distinct_for_any_ids(one: str, other: str) -> None:
    first, second = (workbook_name(text, date(2023, 12, 31), (one, other)) for text in (one, other))
    assert len(first.encode()) <= 120
    assert (first.casefold() == second.casefold()) == (one == other)
