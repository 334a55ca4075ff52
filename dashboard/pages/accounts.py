"""Accounts: who may sign in, in which role, for which groups."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import head, section
from dashboard.components.view import View, view
from dashboard.queries import groups
from monitoring.access import accounts
from monitoring.access.accounts import LONGEST_NAME, AccountError, Role

_SCOPED = (Role.VIEWER, Role.OFFICER)


def page(v: View) -> None:
    head(v.say("page.accounts"))
    listed = accounts.list_accounts(v.desk.store, v.person)
    show(
        table(
            [
                Column(v.say("account.name")),
                Column(v.say("account.display-name")),
                Column(v.say("account.role")),
                Column(v.say("account.groups")),
                Column(v.say("account.identity")),
                Column(v.say("account.state")),
                Column(v.say("account.since")),
            ],
            [_account(v, row) for row in listed.iter_rows(named=True)],
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _open(v)
    with right:
        _change(v, listed["name"].to_list())


def _account(v: View, row: dict[str, object]) -> list[Child]:
    given = None if row["groups"] is None else json.loads(str(row["groups"]))
    scope = v.say("account.all-groups") if given is None else "、".join(map(v.name, given))
    state = "✓ " + v.say("account.open") if row["is_open"] else "✖ " + v.say("account.closed")
    return [
        str(row["name"]),
        str(row["display_name"]),
        v.label(f"access.role.{row['role']}"),
        scope or v.say("account.no-group"),
        str(row["identity"] or ""),
        state,
        v.moment(row["created_at"]),  # type: ignore[arg-type]
    ]


def _role_and_groups(
    v: View, key: str, role: Role = Role.VIEWER, scope: list[str] | None = None
) -> tuple[Role, list[str] | None]:
    """Fields for a role and, where it can be held to groups, the groups; none chosen is all for a viewer."""
    roles = list(Role)
    chosen = st.selectbox(
        v.say("account.role"),
        roles,
        index=roles.index(role),
        format_func=lambda r: v.label(f"access.role.{r.value}"),
        key=f"accounts-role-{key}",
    )
    known = groups.groups(v.desk)["group_id"].to_list()
    picked = st.multiselect(
        v.say("account.groups-of"),
        sorted({*known, *(scope or ())}),
        default=scope or [],
        format_func=v.name,
        key=f"accounts-groups-{key}",
        placeholder=v.say("account.choose-groups"),
        help=v.say("account.groups-help"),
    )
    return chosen, (picked or None) if chosen in _SCOPED else None


def _open(v: View) -> None:
    section(v.say("account.new"))
    with st.form("accounts-new", clear_on_submit=True):
        name = st.text_input(v.say("account.name"), max_chars=LONGEST_NAME)
        display_name = st.text_input(v.say("account.display-name"))
        identity = st.text_input(v.say("account.identity"), help=v.say("account.identity-help"))
        role, scope = _role_and_groups(v, "new")
        if st.form_submit_button(v.say("account.go-new"), type="primary"):
            password = _done(
                v,
                lambda: accounts.open_account(
                    v.desk.store,
                    v.person,
                    name,
                    display_name=display_name,
                    role=role,
                    groups=scope,
                    identity=identity or None,
                ),
            )
            _show_password(v, name, password)


def _change(v: View, names: list[str]) -> None:
    section(v.say("account.change"))
    name = st.selectbox(v.say("account.name"), names, key="accounts-name")
    row = accounts.list_accounts(v.desk.store, v.person).filter(name=name).row(0, named=True)
    scope = None if row["groups"] is None else json.loads(row["groups"])
    with st.form(f"accounts-change-{name}"):
        role, groups_ = _role_and_groups(v, f"change-{name}", Role(row["role"]), scope)
        is_open = st.toggle(v.say("account.may-sign-in"), value=row["is_open"], key=f"accounts-open-{name}")
        if st.form_submit_button(v.say("account.go-change")):
            _done(v, lambda: _changed(v, name, role, groups_, is_open))
    if row["identity"] is None and st.button(v.say("account.go-password"), key="accounts-password"):
        _show_password(v, name, _done(v, lambda: accounts.new_password(v.desk.store, v.person, name)))


def _changed(v: View, name: str, role: Role, scope: list[str] | None, is_open: bool) -> None:
    accounts.change_account(v.desk.store, v.person, name, role=role, groups=scope, is_open=is_open)


def _done(v: View, act: Callable[[], str | None]) -> str | None:
    """Do it, and say so or why not."""
    try:
        given = act()
    except AccountError as problem:
        st.error(v.label(f"access.{problem.code}").format_map(problem.places), icon=":material/error:")
        return None
    st.success(v.say("account.done"), icon=":material/check:")
    return given


def _show_password(v: View, name: str, password: str | None) -> None:
    """The one-time password, on screen once and nowhere else."""
    if password is not None:
        st.text(v.say("account.one-time", name=name))
        st.code(password, language=None)


page(view())
