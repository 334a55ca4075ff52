"""A reminder of a report names the parts in which a text is still wanted."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from jobs.delivery.digest import render
from jobs.delivery.sender import _still_owed
from monitoring.alerts.content import MessageItem
from monitoring.alerts.outbox import REMINDER
from monitoring.obligations.generation import OBLIGATION
from monitoring.reports.catalogue import Kind
from monitoring.reports.lifecycle import life
from monitoring.reports.lifecycle.register import ReportKey
from monitoring.store.store import Store
from tests.build import Q4
from tests.monitoring.reports.build import BOOK
from tests.monitoring.reports.test_life import TODAY, with_its_duties


def told(store: Store, obligation: str) -> str:
    with store.reading() as connection:
        where = (OBLIGATION.c.obligation == obligation) & (OBLIGATION.c.period_end == Q4)
        numbers = list(connection.execute(select(OBLIGATION.c.id).where(where)).scalars())
        rows = _still_owed(connection, numbers)
    return render([MessageItem(REMINDER, {}, row) for row in rows.values()], "zh", date(2024, 5, 20), 5_000)[
        0
    ].body


def test_a_reminder_names_the_parts_that_are_still_empty(sqlite_store: Store, tmp_path) -> None:
    store = with_its_duties(sqlite_store, tmp_path)
    wanted = "待填写的部分：基本情景预测、情景法测试、敏感性测试、反向压力测试、主要预测方法、拟采取的风险管理措施和实施计划"
    assert wanted in told(store, "group-stress-test")
    key = ReportKey(Kind.STRESS, "G", Q4)
    life.write_text(store, BOOK, key, "base", "base_assumptions", "同上年", "李明", today=TODAY)
    assert "待填写的部分：情景法测试" in told(store, "group-stress-test")
    assert "待填写" not in told(store, "group-capital-plan"), "no report of this program meets it"
