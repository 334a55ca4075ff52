"""The tables of what a group tells of itself in its reports: shareholders, penalties, accounts of members (Rule 19 A135, A141).

No statement depends on them: a row in error is set aside with a warning and stops nothing.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.traced import Traced

SHARE_CLASSES = ("state", "legal_person", "foreign", "natural_person", "other")
"""Whose the shares are (Rule 18 A17(一))."""

SHARE_STATES = ("normal", "pledged", "frozen")
"""What burdens shares (Rule 18 A17(三))."""


class Shareholders(Traced):
    """Who held the shares of the group's parent on a period's end, one row a shareholder; those of the year-end before tell the changes."""

    group_id = c.key("the group")
    period_end = c.key_period("the day on which they were held")
    shareholder = c.key("股东名称, as registered")
    share_class = c.optional(c.choice("股东类别", *SHARE_CLASSES))
    shares = c.optional(c.rate_not_negative("持股数量, in 万股"))
    stake = c.fraction("持股比例")
    share_status = c.optional(c.choice("股份状态; empty: not given", *SHARE_STATES))
    encumbered_shares = c.optional(c.rate_not_negative("how many of them are pledged or frozen, in 万股"))
    controller = c.optional(c.text("实际控制人 behind the shareholder"))
    related_to = c.optional(c.text("关联方关系 with other shareholders"))

    @dy.rule()
    def encumbered_shares__above_shares(cls) -> pl.Expr:
        """No more shares are pledged or frozen than are held."""
        return pl.col("encumbered_shares") <= pl.col("shares")


class Penalties(Traced):
    """Penalties of the group, its companies and their people by financial supervisors, one row a decision and whom it is about."""

    group_id = c.key("the group")
    decision = c.key("the decision's number (行政处罚决定书文号)")
    subject = c.key("who was punished, a company or a person")
    decided_on = c.day("the day of the decision")
    authority = c.text("who decided")
    penalty = c.text("处罚种类")
    ground = c.text("违规事实")
    amount = c.optional(c.amount_not_negative("fine and confiscation"))
    entity_id = c.optional(c.id_of("the company that it is about, where it is one of the group's"))


class MemberAccounts(Traced):
    """Accounts of members nobody supervises that the parent has received, one row a member and period (Rule 19 A141)."""

    group_id = c.key("the group")
    entity_id = c.key("the member")
    period_end = c.key_period("the period of the accounts")
    received_on = c.day("the day on which they came")
    audited_by = c.optional(c.text("the auditor; empty: not audited"))

    @dy.rule()
    def received_on__before_period_end(cls) -> pl.Expr:
        """Accounts come after the period that they are about."""
        return pl.col("received_on") > pl.col("period_end")
