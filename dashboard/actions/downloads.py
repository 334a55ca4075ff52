"""Downloads: made when asked for, logged before they are given, harmless in a spreadsheet.

A download is built only when its button is pressed. By then the session is looked at again, so that nobody downloads by a
page that was drawn before the account was closed; then it is written to the audit log; then it is made. In CSV a text that
a spreadsheet would take for a formula gets an apostrophe before it, in a workbook every text is written as text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import streamlit as st

from consolidation.cell_text.spreadsheet_text import for_csv
from dashboard.components.view import View
from dashboard.queries.session import UserSession
from monitoring.access import audit

CSV, EXCEL = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """A file to download. ``make`` gets the session as it is when the button is pressed, and reads through it."""

    name: str
    mime: str
    make: Callable[[UserSession], bytes]


def offer(
    view: View, label: str, file: File, action: str, group_id: str | None = None, *, hint: str | None = None
) -> None:
    """A button that downloads the file.

    :param action: what stands in the audit log, as ``export.<what>``.
    :param group_id: the group that the file is about, if it is one.
    """
    session = view.session

    def given() -> bytes:
        now = session.refreshed()
        with now.store.writing() as connection:
            audit.record(
                connection, now.person.name, action, file.name, role=now.person.role, group_id=group_id
            )
        return file.make(now)

    st.download_button(
        label,
        data=given,
        file_name=file.name,
        mime=file.mime,
        icon=":material/download:",
        on_click="ignore",
        help=hint,
        key=f"download-{action}",
    )


def csv(frame: pl.DataFrame) -> bytes:
    """The frame as CSV that a spreadsheet opens with its Chinese intact and none of its text taken for a formula."""
    return ("\ufeff" + for_csv(frame).write_csv()).encode("utf-8")
