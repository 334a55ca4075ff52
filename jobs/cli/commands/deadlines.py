"""Deadlines: what is due, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.commands import options
from jobs.cli.commands.schedule import PANEL
from jobs.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from jobs.delivery.recipients import Recipients
    from monitoring.obligations.register import Recorded
    from monitoring.store.store import Store

Obligation = Annotated[
    str,
    typer.Argument(
        metavar="OBLIGATION", help="As `rule19 deadlines` lists it: OBLIGATION/PARTY/PERIOD, or its number."
    ),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Kept in the history.")]
_DAY = "YYYY-MM-DD"


def register(app: typer.Typer) -> None:
    """Add the deadline commands to the application."""
    for name, command in _COMMANDS.items():
        app.command(name, rich_help_panel=PANEL)(command)


def deadlines(
    for_: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="ROLE", help="A role of recipients.yaml, or group, insurer, supervisor."
        ),
    ] = None,
    party: Annotated[str | None, typer.Option(metavar="ID", help="Only this company or group.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar=_DAY, help="Due until this day (default: 90 days from now).")
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Also what is submitted, waived or no longer owed.")
    ] = False,
    ics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a calendar file of all of them instead.")
    ] = None,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """List what is due and overdue, the most urgent first; provisional dates are marked ~.

    The obligations are brought up to date first. A calendar file holds every obligation of the role, whatever its state;
    a calendar program that reads it again updates what it has.
    """
    from consolidation.words import say
    from jobs.cli.output.deadlines import as_json, listed, print_deadlines, up_to_date
    from monitoring.calendar import today
    from monitoring.obligations.catalogue import GROUP
    from monitoring.obligations.presentation.feed import calendar_feed

    chosen = options.language(language)
    opened, people = options.store(store), _recipients()
    last = options.day("--until", until)
    up_to_date(opened, people.settings, today())
    frame = listed(opened, people, today(), for_=for_, party=party, until=last, everything=all_ or bool(ics))
    if ics is not None:
        about = for_ or party
        _write(ics, calendar_feed(frame, f"rule19 – {about}" if about else "rule19", chosen))
        print(f"{frame.height} → {ics}")
    elif json:
        options.print_json(as_json(frame))
    else:
        print_deadlines(frame, chosen)
        if for_ == GROUP and for_ not in people.roles and frame.is_empty():
            print(say("deadlines.no_group", chosen))


def history(
    obligation: Obligation,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Everything that happened to an obligation: who, when, what."""
    from jobs.cli.output.deadlines import print_history
    from monitoring.obligations import register as obligations

    with _plainly():
        frame = obligations.history(options.store(store), obligation)
    if json:
        options.print_json(frame.to_dicts())
    else:
        print_history(frame, options.language(language))


def submitted(
    obligation: Obligation,
    on: Annotated[str, typer.Option(metavar=_DAY, help="The day it was submitted or published.")],
    receipt: Annotated[
        str, typer.Option(metavar="TEXT", help="What proves it: a receipt's number, an address, a file.")
    ],
    store: options.StoreUrl = None,
) -> None:
    """Write down that an obligation was met."""
    from monitoring.calendar import today
    from monitoring.obligations.register import submit

    day = _given_day("--on", on)
    opened = options.store(store)
    _record(opened, "submit", obligation, lambda who: submit(opened, obligation, day, receipt, who, today()))


def waive(obligation: Obligation, reason: Reason, store: options.StoreUrl = None) -> None:
    """Write down that an obligation need not be met, and why."""
    from monitoring.obligations.register import waive

    opened = options.store(store)
    _record(opened, "waive", obligation, lambda who: waive(opened, obligation, reason, who))


def take_back(obligation: Obligation, reason: Reason, store: options.StoreUrl = None) -> None:
    """Take back the latest entry about an obligation: a submission, a waiver, a notice of delay or an event.

    For what was written down by mistake; the history keeps both.
    """
    from monitoring.calendar import today
    from monitoring.obligations.reversals import reverse

    opened = options.store(store)
    _record(opened, "take_back", obligation, lambda who: reverse(opened, obligation, reason, who, today()))


def delayed(
    obligation: Obligation,
    announced: Annotated[str, typer.Option(metavar=_DAY, help="The day of the notice on the home page.")],
    until: Annotated[str, typer.Option(metavar=_DAY, help="The day for which the disclosure is announced.")],
    where: Annotated[str, typer.Option(metavar="TEXT", help="Where the notice stands.")],
    store: options.StoreUrl = None,
) -> None:
    """Write down the notice that a disclosure will be late (Rule 19 A147): before its due date, at most 15 days."""
    from consolidation.rulebook import Rulebook
    from monitoring.calendar import today
    from monitoring.obligations.events import announce_delay

    opened = options.store(store)
    first, last = _given_day("--announced", announced), _given_day("--until", until)
    _record(
        opened,
        "delay",
        obligation,
        lambda who: announce_delay(opened, Rulebook.load(), obligation, first, last, where, who, today()),
    )


def event(
    obligation: Annotated[str, typer.Argument(metavar="OBLIGATION", help="group-event-report, solo-…")],
    party: Annotated[str, typer.Argument(metavar="PARTY", help="The company or group.")],
    occasion: Annotated[
        str, typer.Argument(metavar="OCCASION", help="What happened, by the rulebook's word for it.")
    ],
    on: Annotated[
        str, typer.Option(metavar=_DAY, help="The day of the event, of its discovery or of the audit report.")
    ],
    what: Annotated[str, typer.Option(metavar="TEXT", help="What happened, in a sentence.")],
    amount: Annotated[
        str | None,
        typer.Option(metavar="万元", help="What it came to; needed for a group's investment_loss."),
    ] = None,
    store: options.StoreUrl = None,
) -> None:
    """Write down an event that must be reported within days; its report is due and reminded of from now on.

    A group's loss is compared with 30% of its latest consolidated net assets (Rule 19 A142): one that is not above it is
    answered with the comparison, and nothing is written down. An unknown OBLIGATION or OCCASION is answered with those
    there are.
    """
    from consolidation.rulebook import Rulebook
    from jobs.cli.output.deadlines import print_loss
    from monitoring.calendar import today
    from monitoring.obligations.events import NotDue, loss_of, report_event

    opened, day, came_to = options.store(store), _given_day("--on", on), _amount("--amount", amount)
    book, language = Rulebook.load(), options.default_language()

    def reported(who: str) -> Recorded:
        done = report_event(
            opened, book, obligation, party, occasion, day, what, who, today(), amount=came_to
        )
        loss = loss_of(opened, book, obligation, party, occasion, day, came_to)
        if loss is not None:
            print_loss(loss, language)
        return done

    try:
        _record(opened, "event", f"{obligation}/{party}/{day}", reported)
    except NotDue as answer:
        print_loss(answer.loss, language)


_COMMANDS: dict[str, Callable[..., None]] = {
    "deadlines": deadlines,
    "submitted": submitted,
    "waive": waive,
    "take-back": take_back,
    "delayed": delayed,
    "event": event,
    "history": history,
}


def _record(store: Store, action: str, subject: str, write: Callable[[str], Recorded]) -> None:
    """Write something down, with an entry ``deadline.<action>`` in the audit log, bring the flags that it is about up to date, and say what it made of the obligation.

    :raises NotDue: as ``write`` does: that is an answer, not a fault.
    """
    from consolidation.words import say
    from monitoring.access.system_account import logged, system_account
    from monitoring.flags.store import update_after

    with _plainly():
        with logged(store, f"deadline.{action}", subject):
            done = write(system_account())
        update_after(store, done.reference)
    language = options.default_language()
    state = say(f"deadlines.state.{done.state}", language)
    text = say("deadlines.recorded", language, reference=done.reference, state=state, day=done.last_day)
    print(f"{text}~ ({say('deadlines.provisional', language)})" if done.provisional else text)


@contextmanager
def _plainly() -> Iterator[None]:
    from monitoring.obligations.events import NotDue
    from monitoring.obligations.register import NotPossible, UnknownObligation
    from monitoring.store.store import StoreError

    try:
        yield
    except NotDue:
        raise
    except (NotPossible, UnknownObligation, StoreError) as problem:
        raise UsageError.of(problem) from None


def _recipients() -> Recipients:
    from jobs.delivery.recipients import UnusableRecipients, load_recipients

    try:
        return load_recipients()
    except UnusableRecipients as problem:
        raise UsageError(problem.in_short()) from None


def _amount(option: str, text: str | None) -> Decimal | None:
    """An amount in 万元.

    :raises UsageError: for anything else.
    """
    from monitoring.obligations.losses import amount_in

    try:
        return None if text is None else amount_in(text)
    except ValueError:
        raise UsageError.says("usage.no-amount", option=option, text=text) from None


def _given_day(option: str, text: str) -> date:
    day = options.day(option, text)
    assert day is not None
    return day


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a calendar program may read it at any moment."""
    draft = path.with_name(f".{path.name}.unfinished")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as problem:
        raise UsageError.says("usage.not-written", place=f"--ics {path}", reason=problem.strerror) from None
