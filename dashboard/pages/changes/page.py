"""Why did it change: both ratios of a group or company from one date to another, in steps that add up to the last digit."""

from __future__ import annotations

import streamlit as st

from dashboard.components import choices
from dashboard.components.sections import empty_page
from dashboard.components.view import View, current_view
from dashboard.pages.changes import of_company, of_group

_GROUP, _COMPANY = "group", "company"


def page(view: View) -> None:
    groups, companies = of_group.with_two_statements(view), of_company.with_two_filings(view)
    offered = [kind for kind, found in ((_GROUP, groups), (_COMPANY, companies)) if found]
    if not offered:
        empty_page(view, view.say("page.changes"))
        return
    asked = _COMPANY if "company" in st.query_params else _GROUP
    kind = choices.switch(view, "subject", view.say("changes.of"), offered, shown=view.say, default=asked)
    if kind == _COMPANY:
        of_company.changes(view, companies)
    else:
        of_group.changes(view, groups)


page(current_view())
