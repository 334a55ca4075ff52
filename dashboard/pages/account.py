"""My account: who one is signed in as, what one may see, and the password."""

from __future__ import annotations

from dashboard.auth import passwords
from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import head
from dashboard.components.view import View, view


def page(v: View) -> None:
    head(v.say("page.account"))
    person = v.person
    if person.groups is None:
        scope = v.say("account.all-groups")
    else:
        scope = "、".join(v.name(g) for g in sorted(person.groups)) or v.say("account.no-group")
    facts: list[list[Child]] = [
        [v.say("account.name"), person.name],
        [v.say("account.display-name"), person.display_name],
        [v.say("account.role"), v.label(f"access.role.{person.role.value}")],
        [v.say("account.groups"), scope],
        [v.say("account.session"), v.say("account.session-ends")],
    ]
    show(table([Column(""), Column("")], facts, css="narrow"))
    if person.is_local:
        passwords.form(v.desk.store, person, v.language)


page(view())
