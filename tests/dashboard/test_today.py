"""Today: the gravest first, one line a subject, and what is held to one kind of flag."""

from __future__ import annotations

import re

import polars as pl

from monitoring.access.accounts import Role
from monitoring.flags.store import current_flags
from monitoring.store.store import Store
from tests.dashboard.conftest import Opened, text_of, token_of
from tests.dashboard.test_pages import links


def test_today_ranks_the_gravest_first_and_groups_before_companies(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR)))
    trouble = text.split("<span>需要关注</span>")[1].split("</table>")[0]
    rows = re.findall(r"<tr>.*?</tr>", trouble, re.DOTALL)
    words = [re.search(r'class="state \w+">(.) (\S+?)</span>', row) for row in rows]
    ranks = [
        "不达标",
        "成员公司不达标",
        "重大事项",
        "评级矛盾",
        "重点核查",
        "资本分级超限",
        "集中度超限",
        "审计重大变动",
    ]
    ranks += ["填报不平", "下滑", "关注"]
    order = [ranks.index(found.group(2)) for found in words if found]
    up = current_flags(demo_store).filter(pl.col("covered_by").is_null() & (pl.col("code") != "not_filed"))
    subjects = up["subject_id"].n_unique()
    assert len(order) == 10 < subjects
    assert f"另有 {subjects - 10} 个主体" in text and {"all": "1"} in links(text, "today")
    assert order == sorted(order)
    assert "瀛洲人寿保险集团" in rows[1]
    assert "综合偿付能力充足率" in rows[1] and "低于 100%" in rows[1]


def test_a_count_of_today_holds_the_list_to_one_kind(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    counts = links(text_of(page(demo_store, token)), "today")
    assert {"flag": "breach"} in counts
    text = text_of(page(demo_store, token, flag="not_filed"))
    listed = re.findall(r"<tr>.*?</tr>", text.split("需要关注")[1].split("</table>")[0])[1:]
    assert len(listed) == 4
    assert all("期未报送" in row for row in listed)


def test_today_shows_an_officer_the_own_group_only(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.OFFICER, "归墟集团")))
    assert "归墟再保险集团" in text and "归墟信用保证保险" in text
    assert "瀛洲" not in text and "大荒" not in text
    assert "root" not in text


def test_nobody_is_said_to_have_filed_for_periods_of_which_the_store_has_nothing(
    demo_store: Store, page: Opened
) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.OFFICER, "青丘集团")))
    assert "已到期而库中没有任何报送：" in text.split("<h1>")[1]
    assert "其余各期应报的都已报送" in text and "✓ 应报的都已报送" not in text


def test_the_other_flags_of_a_subject_stand_in_two_words_that_say_nothing_twice(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    shown = text_of(page(demo_store, token, all="1"))
    assert "▲ 核心二级资本占核心资本超限" in shown and "资本资本" not in shown
    assert "▲ Over limit: core tier 2 to core capital" in text_of(page(demo_store, token, all="1", lang="en"))
