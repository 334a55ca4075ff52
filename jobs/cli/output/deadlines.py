"""What the commands about deadlines and alerts read and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

import polars as pl
from rich.text import Text

from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from jobs.cli.output.tables import lines, print_texts
from jobs.delivery.credentials import names_in
from jobs.delivery.recipients import Recipients
from jobs.usage import UsageError
from monitoring.alerts.messages import Backlog
from monitoring.calendar import CHINA
from monitoring.formatting import clauses, percent, wan_yuan
from monitoring.obligations import register
from monitoring.obligations.catalogue import GROUP, INSURER, SUPERVISOR
from monitoring.obligations.generation import generate_obligations
from monitoring.obligations.losses import LossComparison
from monitoring.obligations.parties import ObligationSettings
from monitoring.obligations.presentation.wording import days_left_sentence, name, weekday, working_day_before
from monitoring.obligations.reminders import update_states
from monitoring.obligations.states import ObligationState
from monitoring.store.store import Store, StoreError

_DAYS_AHEAD = 90
_COLOURS = {ObligationState.OVERDUE: "red", ObligationState.DUE_SOON: "yellow"}
_JSON = [
    "reference",
    "obligation",
    "party_id",
    "party_name",
    "period_end",
    "occasion",
    "note",
    "article",
    "due_on",
    "working_day",
    "provisional",
    "last_day",
    "state",
    "days_left",
    "submitted_on",
    "receipt",
    "reason",
]


def up_to_date(store: Store, settings: ObligationSettings | None, today: date) -> None:
    """Generate obligations and update their states; where the store may not be written, say so and read it as it is."""
    try:
        generate_obligations(store, Rulebook.load(), settings, today)
        update_states(store, Rulebook.load(), today)
    except StoreError as problem:
        print(f"rule19: not brought up to date: {problem}", file=sys.stderr)


def listed(
    store: Store,
    recipients: Recipients,
    today: date,
    *,
    for_: str | None,
    party: str | None,
    until: date | None,
    everything: bool,
) -> pl.DataFrame:
    """The obligations that were asked for.

    :raises UsageError: for a role or a party that is not there.
    """
    if party is not None and register.obligations(store, today, parties=[party]).is_empty():
        raise UsageError.says("usage.no-party", party=party)
    if until is None and not everything:
        until = today + timedelta(days=_DAYS_AHEAD)
    parties = None if party is None else [party]
    frame = register.obligations(store, today, parties=parties, until=until, only_open=not everything)
    return frame if for_ is None else _of_role(frame, recipients, for_)


def _of_role(frame: pl.DataFrame, recipients: Recipients, role: str) -> pl.DataFrame:
    if role not in recipients.roles and role in (GROUP, INSURER, SUPERVISOR):
        return frame.filter(pl.col("who") == role)
    if role not in recipients.roles:
        known = ", ".join(dict.fromkeys([*recipients.roles, GROUP, INSURER, SUPERVISOR]))
        raise UsageError.says("usage.no-role", role=role, known=known)
    patterns, parties = recipients.obligations_of(role)
    ids = frame["obligation"].unique().to_list()
    wanted = [id for id in ids if any(fnmatchcase(id, pattern) for pattern in patterns)]
    found = frame.filter(pl.col("obligation").is_in(wanted))
    return found.filter(pl.col("party_id").is_in(list(parties))) if parties else found


def as_json(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """For programs; the moment of the last change in UTC."""
    return frame.select(*_JSON, pl.col("changed_at").dt.to_string("iso:strict")).to_dicts()


def print_deadlines(frame: pl.DataFrame, language: str) -> None:
    """One row an obligation: last day, how long still, who, what, the last working day before, its reference."""
    if frame.is_empty():
        print(say("deadlines.none", language))
        return
    columns = ("last_day", "left", "party", "what", "working_day", "reference")
    print_texts(
        [say(f"deadlines.column.{c}", language) for c in columns],
        (_deadline(row, language) for row in frame.iter_rows(named=True)),
    )
    if frame["provisional"].any():
        lines().print(f"~ {say('deadlines.provisional', language)}")


def _deadline(row: Mapping[str, Any], language: str) -> list[Text]:
    cells = (
        weekday(row["last_day"], language) + ("~" if row["provisional"] else ""),
        _left(row, language),
        row["party_name"],
        name(row, language),
        weekday(before, language) if (before := working_day_before(row)) else "",
        row["reference"],
    )
    return [Text(cell, style=_COLOURS.get(ObligationState(row["state"]), "")) for cell in cells]


def _left(row: Mapping[str, Any], language: str) -> str:
    if row["days_left"] is not None:
        return days_left_sentence(row["days_left"], language)
    return say(f"deadlines.state.{row['state']}", language)


def print_history(frame: pl.DataFrame, language: str) -> None:
    """One line an entry, oldest first, in China's time."""
    if frame.is_empty():
        print(say("deadlines.no_history", language))
    for row in frame.iter_rows(named=True):
        at = row["at"].astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        what = say(f"deadlines.what.{row['what']}", language)
        state = say(f"deadlines.state.{row['state']}", language)
        detail = json.loads(row["detail"]) if row["detail"] else {}
        said = clauses(
            (
                f"{label(f'deadlines.detail.{key}', language)} {' → '.join(value) if isinstance(value, list) else value}"
                for key, value in detail.items()
            ),
            language,
        )
        print(" · ".join(filter(None, (at, row["who"], what, state, said))))


def print_outbox(frame: pl.DataFrame, waiting: Backlog, language: str) -> None:
    """One row a message, newest first, and what waits."""
    columns = ("number", "to", "subject", "status", "attempts", "sent_at", "problem")
    rows = [
        (
            row["id"],
            f"{row['person']} ({row['channel']})",
            _subject(row, language),
            say(f"outbox.status.{row['status']}", language),
            row["attempts"],
            row["sent_at"] and row["sent_at"].astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            row["problem"],
        )
        for row in frame.iter_rows(named=True)
    ]
    if rows:
        print_texts([say(f"outbox.column.{c}", language) for c in columns], rows)
    lines().print(say("outbox.counts", language, waiting=waiting.waiting, dead=waiting.dead))


def _subject(row: Mapping[str, Any], language: str) -> str:
    """As it is sent: one of a series with its number."""
    part = say("alert.part", language, part=row["part"], parts=row["parts"]) if row["parts"] > 1 else ""
    return part + str(row["subject"])


def recipients_json(recipients: Recipients, language: str) -> dict[str, Any]:
    """The file as it was understood; of a channel only its kind and the names of its secrets."""
    return {
        "source": recipients.source.message(language),
        "people": [
            {
                "name": p.name,
                "roles": p.roles,
                "channels": p.channels,
                "mail": p.mail,
                "language": p.language,
                "parties": sorted(p.parties),
                "digest": p.digest and f"{p.digest:%H:%M}",
                "quiet_hours": p.quiet and [f"{hour:%H:%M}" for hour in (p.quiet.start, p.quiet.end)],
            }
            for p in recipients.people.values()
        ],
        "roles": [
            {"name": r.name, "topics": r.topics, "parties": sorted(r.parties), "next_level": r.next_level}
            for r in recipients.roles.values()
        ],
        "channels": [
            {"name": n, "kind": a.partition("://")[0], "secrets": names_in(a)}
            for n, a in recipients.channels.items()
        ],
    }


def print_recipients(recipients: Recipients, language: str) -> None:
    """People with roles, channels and hours; roles with what they hear of and who is above; channels by kind."""
    shown = recipients_json(recipients, language)
    lines().print(shown["source"])
    columns = {
        "people": ("name", "roles", "channels", "mail", "language", "parties", "digest", "quiet_hours"),
        "roles": ("name", "topics", "parties", "next_level"),
        "channels": ("name", "kind", "secrets"),
    }
    for part, names in columns.items():
        print_texts(
            [say(f"recipients.column.{n}", language) for n in names],
            ([_cell(entry[n]) for n in names] for entry in shown[part]),
            title=say(f"recipients.{part}", language),
        )


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value or "–")


def print_loss(loss: LossComparison, language: str) -> None:
    """What came of comparing a loss with the group's net assets, in one sentence."""
    if loss.limit is None or loss.net_assets is None:
        print(say("deadlines.loss_unknown", language, amount=wan_yuan(loss.amount)))
        return
    sign = "-" if loss.net_assets < 0 else ""
    text = say(
        "deadlines.loss_above" if loss.is_due else "deadlines.loss_not_above",
        language,
        amount=wan_yuan(loss.amount),
        limit=wan_yuan(loss.limit),
        share=percent(loss.share),
        net_assets=f"{sign}{wan_yuan(loss.net_assets)}",
        day=loss.figures_of,
    )
    print(text)
