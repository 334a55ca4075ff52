"""Group: every figure leads to its article and its sources, down to the cell of a filing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dashboard.queries import groups
from monitoring.access.accounts import Role
from monitoring.store import queries as reading
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, session_of, text_of, token_of
from tests.dashboard.test_pages import DAY, links


def test_the_group_page_shows_the_lines_of_the_store(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "group", group="青丘集团", period=DAY))
    lines = reading.lines(demo_store, groups=["青丘集团"], periods=[date(2025, 12, 31)])
    for name, amount, unit in lines.select("line", "amount", "unit").iter_rows():
        shown = f"{amount * 100:,.2f}%" if unit == "ratio" else f"{amount:,.2f}".replace("-", "−")
        assert f">{shown}</a>" in text, name


def test_amounts_in_yi_are_the_same_divided_by_ten_thousand(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "group", group="青丘集团", period=DAY, unit="yi"))
    record = groups.statement(session_of(demo_store, Role.SUPERVISOR), "青丘集团", date(2025, 12, 31))
    required = record.statement.amount("minimum_capital")
    assert f">{required / Decimal(10_000):,.4f}</a>" in text


def test_every_figure_opens_its_article_and_leads_to_file_and_row(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "group", group="云梦系", period=DAY, line="minimum_capital"))
    why = text.split("<span>计算依据</span>")[1]
    assert "第19号规则 第15条" in why
    onward = [p["line"] for p in links(why, "group") if "line" in p]
    assert onward[:3] == [
        "quantifiable_risk_minimum_capital",
        "control_risk_minimum_capital",
        "add_on_capital",
    ]
    text = text_of(
        page(demo_store, token, "group", group="云梦系", period=DAY, line="insurance_members_minimum_capital")
    )
    given = reading.contributions(demo_store, groups=["云梦系"], periods=[date(2025, 12, 31)])
    row = given.row(
        by_predicate=(pl.col("line") == "insurance_members_minimum_capital")
        & (pl.col("entity_id") == "云梦人寿"),
        named=True,
    )
    assert (
        f"solo_filings [云梦人寿保险股份有限公司, 年度] minimum_capital · solo_filings.csv 第{row['row']}行"
        in text
    )


@pytest.mark.parametrize("group", ["青丘集团", "云梦系"])
def test_every_figure_of_statement_and_headline_leads_to_its_explanation(
    demo_store: Store, page: Opened, group: str
) -> None:
    """Closing and opening balances, what is summed and taken off, the headline: no figure is without a way on."""
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR), "group", group=group, period=DAY))
    table = text.split('class="r19 statement"')[1].split("</table>")[0]
    cells = [c for row in re.findall(r"<tr.*?</tr>", table)[1:] for c in re.findall(r"<td.*?</td>", row)[1:3]]
    figured = [c for c in cells if re.search(r"\d", re.sub("<[^>]*>", "", c))]
    assert len(figured) > 40
    assert [c for c in figured if "<a href" not in c] == []
    assert {p["period"] for p in links(table, "group")} == {DAY, "2024-12-31"}
    head = text.split('class="r19-figures"')[1].split("<h2")[0]
    assert [p["line"] for p in links(head, "group")] == [
        "comprehensive_solvency_ratio",
        "core_solvency_ratio",
        "actual_capital",
        "minimum_capital",
    ]


def test_a_row_of_several_lines_explains_each_of_them(demo_store: Store, page: Opened) -> None:
    """The deduction method's sheet has one row for banks, securities firms, trusts and others together."""
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token, "group", group="云梦系", period=DAY, line="bank_members_minimum_capital")
    why = text_of(at).split("<span>计算依据</span>")[1].split("<h2")[0]
    for line in ("银行类", "证券类", "信托类", "其他"):
        assert f"<b>{line}成员公司" in why


@pytest.mark.parametrize("group", ["云梦系", "青丘集团", "扶桑集团"])
def test_a_page_of_a_group_in_chinese_holds_no_word_of_the_program(
    demo_store: Store, page: Opened, group: str
) -> None:
    """Rules, formulas and remarks are told in words; what stays as it is are tables and columns of the filing."""
    at = page(demo_store, token_of(demo_store, Role.SUPERVISOR), "group", group=group, period="2024-12-31")
    lines = ("contagion_risk_minimum_capital", "counterparty_concentration_minimum_capital", "control_risk_minimum_capital")  # fmt: skip
    for line in lines:
        at.query_params["line"] = line
        at.run()
        text = re.sub(r'<span class="place">.*?</span>|<[^>]*>|\w+\.csv', " ", text_of(at))
        for word in ("held to", "by type", "slope", "factor by", "waterfall.", "_capital", "control_risk", "futures", "mixed", " at S"):  # fmt: skip
            assert word not in text, (line, word)


def test_a_figure_that_is_followed_keeps_the_way_and_the_measure(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token, "group", group="云梦系", period=DAY, way="capital", measure="core")
    onward = [p for p in links(text_of(at), "group") if "line" in p]
    assert onward and all((p["way"], p["measure"]) == ("capital", "core") for p in onward)


def test_every_line_of_every_kind_of_group_can_be_explained(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    session = session_of(demo_store, Role.SUPERVISOR)
    for group in ("青丘集团", "不周集团", "云梦系"):
        record = groups.statement(session, group, date(2025, 12, 31))
        at = page(demo_store, token, "group", group=group, period=DAY)
        for name in record.lines["line"]:
            at.query_params["line"] = name
            at.run()
            assert not at.exception and not at.error, (group, name)
            assert "无数据保存" not in text_of(at)


@pytest.mark.parametrize("way", ["ratio", "requirement", "capital"])
def test_the_way_from_the_solos_to_the_group_ends_at_its_total(
    demo_store: Store, page: Opened, way: str
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "group", group="云梦系", period=DAY, way=way))
    bars = re.findall(r'<table class="r19 waterfall">.*?</table>', text)
    assert len(bars) == 1
    last = re.findall(r'<td class="num" title="([^"]*)">', bars[0])[-1]
    line = {
        "ratio": "comprehensive_solvency_ratio",
        "requirement": "minimum_capital",
        "capital": "actual_capital",
    }[way]
    record = groups.statement(session_of(demo_store, Role.SUPERVISOR), "云梦系", date(2025, 12, 31))
    assert last.removesuffix(" 万元").replace(",", "") == f"{record.statement.amount(line):f}"


def test_an_officer_who_follows_a_link_to_another_group_sees_the_own_one_and_is_told(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.OFFICER, "归墟集团")
    at = page(demo_store, token, "group", group="瀛洲集团", period=DAY, line="minimum_capital")
    text = text_of(at)
    assert "瀛洲" not in text
    assert "归墟再保险集团" in text
    assert len(at.warning) == 1 and "权限" in at.warning[0].value


def test_an_address_with_nonsense_in_it_still_opens_the_page(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(
        demo_store, token, "group", group="' OR 1=1", period="2025-02-31", line="<b>", way="x", lang="fr"
    )
    assert not at.exception and not at.error
    assert len(at.warning) == 2


def test_a_group_stopped_by_an_error_says_which(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR)))
    stopped = text.split("因错误未能编制的报表")[1]
    assert "蓬莱实业所属保险机构" in stopped.split("</table>")[0]


@pytest.mark.parametrize(("language", "row"), [("zh", "{file} 第{row}行"), ("en", "{file} row {row}")])
def test_what_was_filed_or_published_says_where_it_stands(
    demo_store: Store, page: Opened, language: str, row: str
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    shown = text_of(page(demo_store, token, "group", group="扶桑集团", period=DAY, lang=language))
    asked: Any = {"groups": ["扶桑集团"], "periods": [date.fromisoformat(DAY)]}
    members = reading.members(demo_store, **asked)["entity_id"].to_list()
    of_members: Any = {"entities": members, "periods": [date.fromisoformat(DAY)]}
    filed = [
        reading.group_filings(demo_store, **asked),
        reading.assessments(demo_store, **asked),
        reading.solo_filings(demo_store, **of_members).filter(pl.col("basis") == "annual"),
        reading.ownership(demo_store, entities=members),
    ]
    for table in filed:
        assert table.height
        for file, number in table.select("source_file", "source_row").iter_rows():
            assert row.format(file=file, row=number) in shown
    published = section_of(shown, "与公布报表核对" if language == "zh" else "Against the published statement")
    assert re.search(r">core_tier1_capital</span></td>", published)


def test_the_dates_of_the_trend_open_the_statement_of_the_date(demo_store: Store, page: Opened) -> None:
    shown = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR), "group", group="扶桑集团"))
    below = shown.split('class="dates"')[1]
    days = groups.periods(session_of(demo_store, Role.SUPERVISOR), "扶桑集团")
    assert [p["period"] for p in links(below, "group")][: len(days)] == [d.isoformat() for d in sorted(days)]


def test_the_line_that_is_explained_is_told_by_more_than_its_colour(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token, "group", group="扶桑集团", lang="en", line="minimum_capital")
    chosen = re.findall(r'<tr[^>]*aria-current="true".*?</tr>', text_of(at))
    assert len(chosen) == 1 and "Minimum capital" in chosen[0]


def section_of(shown: str, title: str) -> str:
    """What stands under a heading of the page."""
    return shown.split(f"<span>{title}</span>")[1].split("<h2", maxsplit=1)[0]


def test_capital_and_requirement_say_what_they_moved_by_and_lead_to_why(
    demo_store: Store, page: Opened
) -> None:
    before = "2025-06-30"
    text = text_of(
        page(demo_store, token_of(demo_store, Role.SUPERVISOR), "group", group="瀛洲集团", period=DAY)
    )
    session = session_of(demo_store, Role.SUPERVISOR)
    for name in ("actual_capital", "minimum_capital"):
        then, now = (
            groups.statement(session, "瀛洲集团", date.fromisoformat(day)).statement.line(name).amount
            for day in (before, DAY)
        )
        assert then is not None and now is not None
        moved = f"{now - then:+,.0f}".replace("-", "−")
        assert f"较 {before} {moved}" in text
    why = {"group": "瀛洲集团", "period": DAY, "since": before}
    assert sum(why.items() <= to.items() for to in links(text, "changes")) >= 4
