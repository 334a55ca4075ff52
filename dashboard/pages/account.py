"""My account: who one is signed in as, what one may see, the password and the second factor."""

from __future__ import annotations

from dashboard.auth import passwords, second_factor_form
from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import head
from dashboard.components.view import View, current_view
from monitoring.access.accounts import Person


def page(view: View) -> None:
    head(view.say("page.account"))
    person = view.person
    if person.groups is None:
        scope = view.say("account.all-groups")
    else:
        scope = "、".join(view.name(g) for g in sorted(person.groups)) or view.say("account.no-group")
    facts: list[list[Child]] = [
        [view.say("account.name"), person.name],
        [view.say("account.display-name"), person.display_name],
        [view.say("account.role"), view.label(f"access.role.{person.role.value}")],
        [view.say("account.groups"), scope],
        [view.say("account.second-factor"), view.say(f"account.second-factor-{_second_factor(person)}")],
        [view.say("account.session"), view.say("account.session-ends")],
    ]
    show(table([Column(""), Column("")], facts, css="narrow"))
    if person.is_local:
        passwords.form(view.session.store, person, view.language)
        second_factor_form.form(view.session.store, person, view.language)


def _second_factor(person: Person) -> str:
    return "yes" if person.has_second_factor else "no" if person.is_local else "elsewhere"


page(current_view())
