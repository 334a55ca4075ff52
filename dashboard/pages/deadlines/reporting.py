"""Writing down an event that a group must report within days (Rule 19 A142); a loss is held against its net assets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from consolidation.rulebook import Rulebook
from dashboard.actions import acting
from dashboard.actions.acting import ActionDenied
from dashboard.components import formatting
from dashboard.components.view import View
from dashboard.pages.acts import refused
from monitoring.access.accounts import Right
from monitoring.obligations.catalogue import GROUP, Catalogue, Occasion
from monitoring.obligations.losses import LossComparison, amount_in

EVENT = "group-event-report"


def offer(view: View, rows: pl.DataFrame, today: date) -> None:
    """The form, folded away, for who may write things down and sees a group that owes reports.

    :param rows: the obligations that the person sees.
    """
    groups = rows.filter(pl.col("who") == GROUP)["party_id"].unique().sort().to_list()
    if not groups or not view.person.may(Right.FILE):
        return
    version = Catalogue(Rulebook.load()).version(EVENT, today)
    occasions = {o.id: o for rule in (version.rules if version else ()) for o in rule.occasions}
    with st.expander(view.say("deadlines.event"), icon=":material/report:"), st.form("deadlines-event"):
        left, middle, right = st.columns([1.4, 1, 1])
        group = left.selectbox(view.say("group"), groups, format_func=view.name)
        on = middle.date_input(
            view.say("deadlines.event-on"), value=today, max_value=today, format="YYYY-MM-DD"
        )
        amount = right.text_input(view.say("deadlines.event-amount"), max_chars=40)
        occasion = st.selectbox(
            view.say("deadlines.event-occasion"),
            list(occasions),
            format_func=lambda o: _named(view, occasions[o]),
        )
        what = st.text_input(view.say("deadlines.event-what"), max_chars=500)
        if st.form_submit_button(
            view.say("deadlines.event-report"), type="primary", icon=":material/add_alert:"
        ):
            _report(view, group, occasion, on if isinstance(on, date) else today, amount, what)


def _named(view: View, occasion: Occasion) -> str:
    return occasion.zh if view.language == "zh" else occasion.en


def _report(view: View, group: str, occasion: str, on: date, amount: str, what: str) -> None:
    try:
        loss = acting.report_event(view.session, group, occasion, on, _amount(amount), what)
    except ActionDenied as refusal:
        refused(view, refusal)
        return
    st.success(_told(view, loss), icon=":material/check:")


def _amount(text: str) -> Decimal | None:
    """An amount in 万元; None where nothing was written.

    :raises ActionDenied: for what is no amount.
    """
    try:
        return amount_in(text.replace(",", "")) if text.strip() else None
    except ValueError:
        raise ActionDenied("no-amount", value=text) from None


def _told(view: View, loss: LossComparison | None) -> str:
    """What became of it: the report is due, or not, and by which comparison."""
    if loss is None:
        return view.say("deadlines.was-reported")
    if loss.limit is None:
        return view.say("deadlines.loss-unknown")
    return view.say(
        "deadlines.loss-above" if loss.is_due else "deadlines.loss-not-above",
        amount=view.money(loss.amount),
        limit=view.money(loss.limit),
        share=formatting.ratio(loss.share, 0),
        net_assets=view.money(loss.net_assets),
        day=view.day(loss.figures_of),
    )
