"""Small filing sets to upload, and people to file them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from textwrap import dedent

from dashboard.queries.session import UserSession, open_session
from monitoring.access import accounts, sign_in
from monitoring.access.accounts import Role
from monitoring.store.store import Store
from tests.dashboard.conftest import token_of

GROUP, COMPANY = "青丘集团", "青丘人寿"
OTHER_GROUP, OTHER_COMPANY = "瀛洲集团", "瀛洲人寿"


def tables(
    group: str = GROUP, company: str = COMPANY, *, capital: str = "5000000", period: str = "2026-06-30"
) -> dict[str, str]:
    """A set of one group and one insurer, for the middle of 2026 if not said otherwise."""
    return {
        "groups": f"group_id,name,type,parent_id\n{group},{group},mixed,\n",
        "group_members": f"group_id,entity_id,relation\n{group},{company},subsidiary\n",
        "solo_filings": "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,core_tier2_capital,"
        "supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital\n"
        f"{company},life,{period},quarterly,{capital},{capital},0,0,0,4000000\n",
    }


def zipped(given: Mapping[str, str]) -> bytes:
    """The tables as CSV in a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in given.items():
            archive.writestr(f"{name}.csv", dedent(text))
    return data.getvalue()


def signed_in(store: Store, role: Role, *groups: str) -> UserSession:
    """A session of somebody who can act."""
    return signed_in_by(store, token_of(store, role, *groups))


def signed_in_by(store: Store, token: str) -> UserSession:
    """The session of whoever has that token."""
    person = sign_in.person(store, token)
    assert person is not None
    return open_session(store, person, token)


def close_account(store: Store, session: UserSession) -> None:
    """The person may not sign in any more, and is signed out."""
    accounts.change_account(
        store,
        accounts.Person("administrator", "", Role.ADMINISTRATOR, None),
        session.person.name,
        role=session.person.role,
        groups=session.person.groups,
        is_open=False,
    )
