"""What 瀛洲集团 tells of itself: shareholders with a pledge and a change of hands, two penalties, accounts of its care homes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from jobs.demo.industry.numbers import HALF_YEARS, LAST

Row = dict[str, Any]

SHAREHOLDER_COLUMNS = (
    "group_id", "period_end", "shareholder", "share_class", "shares", "stake", "share_status", "encumbered_shares",
    "controller", "related_to",
)  # fmt: skip
PENALTY_COLUMNS = (
    "group_id", "decision", "subject", "decided_on", "authority", "penalty", "ground", "amount", "entity_id",
)  # fmt: skip
ACCOUNT_COLUMNS = ("group_id", "entity_id", "period_end", "received_on", "audited_by")

_GROUP = "瀛洲集团"
_SHARES = Decimal(500_000)
"""万股 of the parent."""
_SOLD = date(2025, 8, 1)
"""From this day the stake of a shareholder that sold is its buyer's."""


def shareholders() -> list[Row]:
    """The shareholders on each half-year's end."""
    return [row for day in HALF_YEARS for row in _on(day)]


def _on(day: date) -> list[Row]:
    last_of_them = "蓬壶医药股份有限公司" if day < _SOLD else "方壶产业基金（有限合伙）"
    held = (
        ("东溟国有资本运营有限公司", "state", "0.42", "normal", None, "东溟市国有资产监督管理委员会", None),
        ("员峤实业集团有限公司", "legal_person", "0.255", "pledged", "63750", "岱舆（自然人）", None),
        ("西极人寿控股有限公司", "foreign", "0.2", "normal", None, None, None),
        (last_of_them, "legal_person", "0.125", "normal", None, None, "与员峤实业集团有限公司受同一人控制"),
    )
    return [
        dict(
            zip(
                SHAREHOLDER_COLUMNS,
                (
                    *(_GROUP, day, name, kind, _SHARES * Decimal(stake), Decimal(stake)),
                    *(state, encumbered and Decimal(encumbered), controller, related),
                ),
                strict=True,
            )
        )
        for name, kind, stake, state, encumbered, controller, related in held
    ]


def penalties() -> list[Row]:
    """Two decisions of the last year and one of the year before."""
    local = "国家金融监督管理总局东溟监管局"
    told = (
        ("东溟金罚决字〔2024〕31号", "瀛洲财险", date(2024, 9, 12), "罚款", "财务数据不真实", "45", "瀛洲财险"),
        ("东溟金罚决字〔2025〕8号", "瀛洲人寿", date(2025, 4, 17), "罚款", "未按照规定使用经批准的保险条款、费率", "85", "瀛洲人寿"),
        ("东溟金罚决字〔2025〕9号", "方丈（时任瀛洲人寿副总经理）", date(2025, 4, 17), "警告并罚款", "对上述违法行为负有直接责任", "12", "瀛洲人寿"),
    )  # fmt: skip
    return [
        dict(
            zip(PENALTY_COLUMNS, (_GROUP, no, who, on, local, kind, why, Decimal(fine), entity), strict=True)
        )
        for no, who, on, kind, why, fine, entity in told
    ]


def member_accounts() -> list[Row]:
    """The care homes' accounts of every half-year: those of a year audited, in the April after."""
    return [
        {
            "group_id": _GROUP,
            "entity_id": "瀛洲颐养",
            "period_end": day,
            "received_on": date(day.year + 1, 4, 21) if day.month == LAST.month else date(day.year, 8, 28),
            "audited_by": "少昊会计师事务所" if day.month == LAST.month else None,
        }
        for day in HALF_YEARS
    ]
