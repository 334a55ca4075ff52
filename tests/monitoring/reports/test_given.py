"""What tables of the filing set say, nobody has to write: shareholders, penalties, accounts of members, the largest positions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobs.delivery.digest import render
from jobs.delivery.sender import _still_owed, by_name
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import REMINDER
from monitoring.obligations.generation import OBLIGATION
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import Chart, Paragraph, Report
from monitoring.reports.given import ACCOUNTS
from monitoring.store.store import Store
from tests.build import Q4, rows
from tests.monitoring.reports.build import report, shown, tables
from tests.monitoring.reports.test_documents import small

SHAREHOLDERS = (
    "集团,报告期,股东名称,股东类别,持股数量（万股）,持股比例,股份状态,质押或冻结股份数量,实际控制人\n"
    "G,2022-12-31,甲投资,国有股,600,0.6,正常,,国资委\nG,2022-12-31,乙投资,外资股,400,0.4,正常,,\n"
    "G,2023-12-31,丙投资,自然人股,300,0.3,正常,,\nG,2023-12-31,甲投资,国有股,700,0.7,质押,100,国资委\n"
)
PENALTIES = (
    "集团,文号,被处罚对象,处罚日期,处罚机关,处罚种类,违规事实,处罚金额\n"
    "G,罚字1号,寿险,2022-12-31,监管局,罚款,上年的事,10\n"
    "G,罚字2号,寿险,2023-08-04,监管局,罚款,报表不实,50\nG,罚字2号,张三,2023-08-04,监管局,警告,直接责任,\n"
)
NOW = datetime(2024, 5, 1, tzinfo=UTC)
ACCOUNTS_RECEIVED = "group_id,entity_id,period_end,received_on,audited_by\nG,T,2023-12-31,2024-04-02,审计所\n"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small(
        tmp_path_factory.mktemp("given"),
        entities=rows("entities", "P,母公司,holding", "S,寿险,life", "T,科技,other", "H,颐养,other"),
        group_members=rows("group_members", "G,P,parent", *(f"G,{m},subsidiary" for m in "STH")),
        shareholders=SHAREHOLDERS,
        penalties=PENALTIES,
        member_accounts=ACCOUNTS_RECEIVED,
        group_financials="group_id,period_end,total_assets,net_assets,income\n"
        "G,2022-12-31,9000,1000,700\nG,2023-12-31,9000,1000,700\n",
        guarantees="group_id,guarantee_id,period_end,guarantor_id,beneficiary_id,balance\nG,保1,2023-12-31,P,S,6000\n",
        counterparties="counterparty_id,name,class\nC1,某行,joint_stock_bank\nC2,某企业,other\n",
        exposures="entity_id,period_end,counterparty_id,asset_class,sector_scheme,sector,carrying_amount\n"
        "S,2023-12-31,C2,corporate_bond,SWS,房地产,300\nS,2023-12-31,C1,deposit,SWS,银行,500\n"
        "P,2023-12-31,C2,loan,SWS,房地产,400\n",
    )


@pytest.fixture(scope="module")
def annual(given: Store) -> Report:
    return report(given, "G", Kind.ANNUAL, Q4)


def cells(made: Report, id: str) -> list[list[str]]:
    (found,) = [table for table in tables(made) if table.id == id]
    return shown(found)[1:]


def said(made: Report) -> str:
    return "".join(b.text for part in made.parts for b in part.blocks if isinstance(b, Paragraph))


def test_shareholders_then_and_now_with_class_stake_and_pledge(annual: Report) -> None:
    assert cells(annual, "shareholders") == [
        ["甲投资", "国有股", "700", "60%", "70%", "质押 100 万股"],
        ["丙投资", "自然人股", "300", "–", "30%", "正常"],
        ["乙投资", "外资股", "–", "40%", "–", "已退出"],
    ]
    assert cells(annual, "controllers") == [["甲投资", "国资委", "–"]]
    assert "自 2022-12-31 以来，新增股东 1 家，退出 1 家，持股比例变动 1 家" in said(annual)


def test_penalties_of_the_period_alone_with_what_they_come_to(annual: Report) -> None:
    assert cells(annual, "penalties") == [
        ["2023-08-04", "寿险", "监管局（罚字2号）", "罚款", "报表不实", "50.00"],
        ["2023-08-04", "张三", "监管局（罚字2号）", "警告", "直接责任", "–"],
    ]
    assert "处罚 2 项，罚没金额合计 50.00 万元" in said(annual)
    assert [place.id for place in annual.part("basics").texts()] == ["other_members"]


def test_a_table_without_a_penalty_of_the_period_says_that_there_was_none(given: Store) -> None:
    summary = report(given, "G", Kind.SUMMARY, Q4.replace(month=6, day=30))
    assert "报告期内没有受到金融监管部门的重大处罚" in said(summary)
    assert summary.part("basics").texts() == ()


def test_accounts_of_members_nobody_supervises_one_line_each(annual: Report) -> None:
    """A141: those of a year have to be audited."""
    assert cells(annual, "accounts") == [
        ["颐养", "尚未收到", "–"],
        ["科技", "已于 2024-04-02 收到", "审计所"],
    ]
    assert "非受监管成员公司 2 家，已收到其中 1 家的财务报告" in said(annual)


def test_a_reminder_names_the_members_whose_accounts_are_missing(given: Store) -> None:
    row = {
        "obligation": ACCOUNTS, "party_id": "G", "party_name": "集团", "who": "group", "period_end": Q4, "occurrence": 1,
        "article": "Rule 19 A141", "due_on": Q4, "working_day": Q4, "last_day": Q4, "provisional": False,
        "state": "overdue", "version": 1, "changed_at": NOW,
    }  # fmt: skip
    with given.writing() as connection:
        number = connection.execute(OBLIGATION.insert().values(row)).inserted_primary_key
        assert number is not None
        owed = _still_owed(connection, [number[0]])[number[0]]
    assert owed["accounts_missing"] == ("H",)
    for language, name in (
        ("zh", "尚未收到财务报告的成员公司：颐养"),
        ("en", "accounts have not come: Yiyang"),
    ):
        item = by_name(MessageItem(REMINDER, {}, owed), {"H": name.split()[-1].rpartition("：")[2]})
        (page,) = render([item], language, Q4, 5_000)
        assert name in page.body


def test_the_largest_positions_lead_back_to_their_rows(annual: Report) -> None:
    place = "exposures.csv 第 {} 行"
    assert cells(annual, "positions-counterparty") == [
        ["寿险", "某行", "存款", "500.00", place.format(3)],
        ["母公司", "某企业", "贷款", "400.00", place.format(4)],
        ["寿险", "某企业", "企业债券", "300.00", place.format(2)],
    ]
    assert [row[1] for row in cells(annual, "positions-sector")] == [
        "银行（申万行业）",
        *["房地产（申万行业）"] * 2,
    ]
    assert cells(annual, "largest-guarantee") == [
        ["母公司", "寿险", "保1", "6,000.00", "guarantees.csv 第 2 行"]
    ]


def test_ratios_that_nobody_knows_are_drawn_nowhere(annual: Report) -> None:
    assert [b.id for part in annual.parts for b in part.blocks if isinstance(b, Chart)] == ["structure"]
