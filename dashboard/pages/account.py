"""My account: who one is signed in as, what one may see, and the password."""

from __future__ import annotations

from dashboard.drawing.markup import Child, Column, show, table
from dashboard.drawing.sections import head
from dashboard.drawing.view import View, view
from dashboard.signing_in import passwords


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
