"""Accounts: who may sign in, in which role, for which groups."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from dashboard.components.markup import Child, Column, show, table
from dashboard.components.sections import head, section
from dashboard.components.view import View, current_view
from dashboard.queries import groups
from monitoring.access import accounts, second_factor
from monitoring.access.accounts import LONGEST_NAME, AccountError, Role

_SCOPED = (Role.VIEWER, Role.OFFICER)


def page(view: View) -> None:
    head(view.say("page.accounts"))
    listed = accounts.list_accounts(view.session.store, view.person)
    show(
        table(
            [
                Column(view.say("account.name")),
                Column(view.say("account.display-name")),
                Column(view.say("account.role")),
                Column(view.say("account.groups")),
                Column(view.say("account.identity")),
                Column(view.say("account.second-factor")),
                Column(view.say("account.state")),
                Column(view.say("account.since")),
            ],
            [_account(view, row) for row in listed.iter_rows(named=True)],
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _open(view)
    with right:
        _change(view, listed["name"].to_list())


def _account(view: View, row: dict[str, object]) -> list[Child]:
    given = None if row["groups"] is None else json.loads(str(row["groups"]))
    scope = view.say("account.all-groups") if given is None else "、".join(map(view.name, given))
    state = "✓ " + view.say("account.open") if row["is_open"] else "✖ " + view.say("account.closed")
    return [
        str(row["name"]),
        str(row["display_name"]),
        view.label(f"access.role.{row['role']}"),
        scope or view.say("account.no-group"),
        str(row["identity"] or ""),
        view.say("account.second-factor-yes") if row["second_factor"] else "–",
        state,
        view.moment(row["created_at"]),  # type: ignore[arg-type]
    ]


def _role_and_groups(
    view: View, key: str, role: Role = Role.VIEWER, scope: list[str] | None = None
) -> tuple[Role, list[str] | None]:
    """Fields for a role and, where it can be held to groups, the groups; none chosen is all for a viewer."""
    roles = list(Role)
    chosen = st.selectbox(
        view.say("account.role"),
        roles,
        index=roles.index(role),
        format_func=lambda r: view.label(f"access.role.{r.value}"),
        key=f"accounts-role-{key}",
    )
    known = groups.groups(view.session)["group_id"].to_list()
    picked = st.multiselect(
        view.say("account.groups-of"),
        sorted({*known, *(scope or ())}),
        default=scope or [],
        format_func=view.name,
        key=f"accounts-groups-{key}",
        placeholder=view.say("account.choose-groups"),
        help=view.say("account.groups-help"),
    )
    return chosen, (picked or None) if chosen in _SCOPED else None


def _open(view: View) -> None:
    section(view.say("account.new"))
    with st.form("accounts-new", clear_on_submit=True):
        name = st.text_input(view.say("account.name"), max_chars=LONGEST_NAME)
        display_name = st.text_input(view.say("account.display-name"))
        identity = st.text_input(view.say("account.identity"), help=view.say("account.identity-help"))
        role, scope = _role_and_groups(view, "new")
        if st.form_submit_button(view.say("account.go-new"), type="primary"):
            password = _done(
                view,
                lambda: accounts.open_account(
                    view.session.store,
                    view.person,
                    name,
                    display_name=display_name,
                    role=role,
                    groups=scope,
                    identity=identity or None,
                ),
            )
            _show_password(view, name, password)


def _change(view: View, names: list[str]) -> None:
    section(view.say("account.change"))
    name = st.selectbox(view.say("account.name"), names, key="accounts-name")
    row = accounts.list_accounts(view.session.store, view.person).filter(name=name).row(0, named=True)
    scope = None if row["groups"] is None else json.loads(row["groups"])
    with st.form(f"accounts-change-{name}"):
        role, groups_ = _role_and_groups(view, f"change-{name}", Role(row["role"]), scope)
        is_open = st.toggle(
            view.say("account.may-sign-in"), value=row["is_open"], key=f"accounts-open-{name}"
        )
        if st.form_submit_button(view.say("account.go-change")):
            _done(view, lambda: _changed(view, name, role, groups_, is_open))
    if row["identity"] is None and st.button(view.say("account.go-password"), key="accounts-password"):
        _show_password(
            view, name, _done(view, lambda: accounts.new_password(view.session.store, view.person, name))
        )
    if row["second_factor"] and st.button(
        view.say("account.go-no-second-factor"), key="accounts-second-factor"
    ):
        _done(view, lambda: second_factor.reset(view.session.store, view.person, name))


def _changed(view: View, name: str, role: Role, scope: list[str] | None, is_open: bool) -> None:
    accounts.change_account(view.session.store, view.person, name, role=role, groups=scope, is_open=is_open)


def _done(view: View, act: Callable[[], str | None]) -> str | None:
    """Do it, and say so or why not."""
    try:
        given = act()
    except AccountError as problem:
        st.error(view.label(f"access.{problem.code}").format_map(problem.places), icon=":material/error:")
        return None
    st.success(view.say("account.done"), icon=":material/check:")
    return given


def _show_password(view: View, name: str, password: str | None) -> None:
    """The one-time password, on screen once and nowhere else."""
    if password is not None:
        st.text(view.say("account.one-time", name=name))
        st.code(password, language=None)


page(current_view())
