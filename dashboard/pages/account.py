"""My account: who one is signed in as, what one may see, and the password."""

from __future__ import annotations

from dashboard.auth import passwords
from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import head
from dashboard.components.view import View, current_view


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
        [view.say("account.session"), view.say("account.session-ends")],
    ]
    show(table([Column(""), Column("")], facts, css="narrow"))
    if person.is_local:
        passwords.form(view.session.store, person, view.language)


page(current_view())
