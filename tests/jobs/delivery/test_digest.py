"""What a message says: like things in one line, the gravest first, pages that fit, and links."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from jobs.delivery.digest import render
from monitoring.alerts.content import MessageItem
from tests.monitoring.obligations.companies import LISTED_GROUP


def flags(count: int, says: str = "低于标准", **more: Any) -> list[MessageItem]:
    return [
        MessageItem("flag_raised", {"flag": n, "says": {"zh": says, "en": says}, **more}, None, alert=n)
        for n in range(count)
    ]


def test_a_long_list_becomes_as_many_pages_as_it_takes() -> None:
    pages = render(flags(50, "甲" * 50), "zh", date(2024, 1, 1), 2000)
    assert all(len(f"{page.subject}\n{page.body}".encode()) <= 2000 - 60 for page in pages)
    assert len(pages) > 1
    assert [alert for page in pages for alert in page.alerts] == list(range(50))
    assert "\n".join(page.body for page in pages).split("\n") == [
        f"- 警示 {n}：{'甲' * 50}" for n in range(50)
    ]
    assert pages[0].subject.endswith(f"，另有 {len(pages[0].alerts) - 1} 项")


def test_a_long_line_is_cut_and_not_the_list_behind_it() -> None:
    long, short = flags(1, '"甲"' * 2000), flags(2)[1:]
    pages = render([*long, *short], "zh", date(2024, 1, 1), 2000)
    assert [page.alerts for page in pages] == [(0,), (1,)]
    assert pages[0].body.startswith('- 警示 0："甲"') and pages[0].body.endswith("…")
    assert 1000 < len(f"{pages[0].subject}{pages[0].body}".encode()) < 2000
    assert pages[1].body == "- 警示 1：低于标准"


def test_fifty_like_things_are_one_line_that_names_all() -> None:
    like = [
        replace(f, places={**f.places, "about": f"公司{f.alert}"})
        for f in flags(50, kind={"zh": "不达标", "en": "Breach"})
    ]
    (page,) = render([*like, *flags(54)[50:]], "zh", date(2024, 1, 1), 2000)
    first, *others = page.body.split("\n")
    assert first.startswith("- 50 个警示「不达标」：公司0（0）、公司1（1）、") and "公司49（49）" in first
    assert others == [f"- 警示 {n}：低于标准" for n in range(50, 54)]
    assert page.subject == "不达标：公司0，另有 53 项"


def test_more_like_things_than_fit_in_a_line_are_several_lines_that_name_all() -> None:
    like = [
        MessageItem("run_finished", {"run": f"<{n}>", "statements": n, "errors": 0}, None, alert=n)
        for n in range(300)
    ]
    pages = render(like, "en", date(2024, 1, 1), 2000)
    assert sorted(alert for page in pages for alert in page.alerts) == list(range(300))
    said = "\n".join(page.body for page in pages)
    assert [said.count(f"<{n}> ({n} statements, 0 errors)") for n in range(300)] == [1] * 300
    assert all(len(page.body.encode()) < 2000 and "…" not in page.body for page in pages)
    assert pages[0].body.startswith(f"- {len(pages[0].alerts)} runs are done: ")


def test_a_breach_stands_before_the_reminders_and_they_before_the_rest() -> None:
    says = {"zh": "低于标准", "en": "below its limit"}
    breaches = [
        MessageItem("flag_raised", {"flag": n, "says": says}, None, urgent=n == 2, alert=n)
        for n in range(1, 300)
    ]
    reminder = {
        "obligation": "group-annual-report",
        "party_id": LISTED_GROUP,
        "party_name": LISTED_GROUP,
        "period_end": date(2023, 12, 31),
        "occurrence": 1,
        "occasion": None,
        "note": None,
        "article": "Rule 19 A133; Notice 2021-52 二(一)3",
        **dict.fromkeys(("due_on", "last_day", "working_day"), date(2024, 5, 31)),
        "provisional": False,
    }
    told = [*breaches, MessageItem("reminder", {}, reminder, alert=300)]
    (page,) = render(told, "en", date(2024, 5, 31), 100_000)
    lines = page.body.split("\n")
    assert lines[:3] == ["GRAVEST", "- flag 2: below its limit", "DUE"]
    assert lines[3].startswith(f"- {LISTED_GROUP}: Audited group solvency report")
    assert (page.subject, lines[4], len(lines)) == ("flag 2: below its limit, 299 more", "OTHER FLAGS", 303)
    (page,) = render(told[-1:], "zh", date(2024, 5, 31), 100_000)
    assert page.body == (
        f"- {LISTED_GROUP}：经审计的保险集团年度偿付能力报告（2023-12-31） — 今天到期；截止日 2024-05-31 周五；"
        "第19号规则 第133条；银保监发〔2021〕52号 二(一)3"
    )


def test_each_thing_leads_to_where_one_acts_on_it_in_the_readers_language() -> None:
    run = MessageItem("run_finished", {"run": 7, "statements": 3, "errors": 0}, None, alert=9)
    (page,) = render([*flags(1), run], "en", date(2024, 1, 1), 100_000, None, "https://rule19.example.com/")
    assert page.body.split("\n")[1:3] + page.body.split("\n")[4:] == [
        "- flag 0: 低于标准",
        "  https://rule19.example.com/flags?show=all&flag=0&lang=en",
        "- run 7 is done: 3 statements, 0 errors",
        "  https://rule19.example.com/runs?run=7&lang=en",
    ]


def test_reminders_of_one_report_by_one_day_are_one_line() -> None:
    def of(party: str, day: date) -> dict[str, Any]:
        return {
            "obligation": "solo-flash",
            "party_id": party,
            "party_name": party,
            "period_end": date(2024, 3, 31),
            "occurrence": 1,
            "occasion": None,
            "note": None,
            "article": "A1",
            **dict.fromkeys(("due_on", "last_day", "working_day"), day),
            "provisional": False,
        }

    rows = [of(f"公司{n}", date(2024, 4, 15)) for n in range(50)] + [of("他", date(2024, 4, 16))]
    told = [MessageItem("reminder", {}, row, alert=n) for n, row in enumerate(rows)]
    (page,) = render(told, "zh", date(2024, 4, 14), 2000)
    first, other = page.body.split("\n")
    assert first.startswith("- 50 家（公司0、公司1、公司10、") and "公司49" in first
    assert other.startswith("- 他：")


@pytest.mark.parametrize("address", ["", "https://rule19.example.com"])
def test_flags_have_links_or_where_there_is_no_dashboard_the_command_that_lists_them(address: str) -> None:
    many = [
        MessageItem("flag_raised", {"flag": n, "says": "s", "kind": "k", "about": f"S{n}"}, None, alert=n)
        for n in range(12)
    ]
    one = MessageItem("flags_open", {"flag": 99, "says": "s.", "kind": "o", "about": "A", "others": 3}, None)
    (page,) = render([*many, replace(one, alert=99)], "en", date(2024, 1, 1), 100_000, None, address)
    assert page.body.count("rule19 flags") == (0 if address else 2)
    assert (
        page.body.count(f"  {address}/flags?show=all&flag=99")
        == page.body.count(f"  {address}/flags?lang=en")
        == (1 if address else 0)
    )
