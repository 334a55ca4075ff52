"""Help: the first day by role, each step a link; how states are marked; the regulation's terms with their articles."""

from __future__ import annotations

from dashboard.components.links import link
from dashboard.components.markup import Child, Column, TableCell, show, table, tag
from dashboard.components.sections import head, section
from dashboard.components.states import SolvencyState
from dashboard.components.view import View, current_view
from monitoring.access.accounts import Role

_STEPS: dict[Role, tuple[str, ...]] = {
    Role.VIEWER: ("today", "groups", "group", "changes"),
    Role.OFFICER: ("today", "flags", "deadlines", "runs", "reports"),
    Role.SUPERVISOR: ("today", "groups", "flags", "runs", "counterparty", "stress"),
    Role.ADMINISTRATOR: ("accounts", "audit", "today"),
}
"""Where each role begins, in order."""

_TERMS = {
    "solvency": "Regulation 2021 A3",
    "core-ratio": "Regulation 2021 A6",
    "comprehensive-ratio": "Regulation 2021 A6",
    "rating": "Regulation 2021 A6",
    "core-capital": "Regulation 2021 A6",
    "supplementary-capital": "Rule 1 A29",
    "actual-capital": "Regulation 2021 A6",
    "minimum-capital": "Regulation 2021 A6",
    "compliant": "Regulation 2021 A8",
    "insurance-group": "Rule 19 A2",
    "parent": "Rule 19 A3(四)",
    "member": "Rule 19 A3(五)",
    "regulated": "Rule 19 A3(六)",
    "inherent-risk": "Rule 19 A4",
    "control-risk": "Rule 19 A4",
    "quantifiable": "Rule 19 A15(一)",
    "contagion": "Rule 19 A20",
    "add-on": "Rule 19 A15(三)",
}
"""Term → where the regulation defines it."""


def page(view: View) -> None:
    head(view.say("page.help"))
    section(view.say("help.first-day"), view.label(f"access.role.{view.person.role.value}"))
    show(tag("ol", *(_step(view, page) for page in _STEPS[view.person.role])))
    section(view.say("help.marks"))
    show(tag("p", *(tag("span", view.mark(state), " ") for state in SolvencyState)))
    show(tag("p", view.say("help.everywhere")))
    section(view.say("help.terms"), view.say("help.terms-note"))
    columns = [
        Column(view.say("help.term"), css="some"),
        Column(view.say("why"), css="rest"),
        Column(view.say("article")),
    ]
    show(table(columns, [_term(view, term, source) for term, source in _TERMS.items()]))


def _step(view: View, page: str) -> Child:
    return tag("li", link(page, view.say(f"page.{page}")), ": ", view.say(f"help.step.{page}"))


def _term(view: View, term: str, source: str) -> list[Child | TableCell]:
    return [
        view.say(f"help.term.{term}"),
        view.say(f"help.term.{term}.says"),
        TableCell(view.article(source), "quiet small"),
    ]


page(current_view())
