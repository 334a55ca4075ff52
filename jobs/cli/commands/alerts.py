"""Alerts: recipients, and the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.commands import options
from jobs.cli.commands.schedule import PANEL
from jobs.usage import UsageError

if TYPE_CHECKING:
    from monitoring.scheduling.lease import Lease
    from monitoring.store.store import Store

_LOOKS_EVERY, _A_LITTLE_MORE = 0.5, 3.0


def register(app: typer.Typer) -> None:
    """Add the outbox and recipients commands to the application."""
    app.command(rich_help_panel=PANEL)(outbox)
    app.command(rich_help_panel=PANEL)(recipients)


def outbox(
    dead: Annotated[bool, typer.Option("--dead", help="Only messages that were given up.")] = False,
    send_again: Annotated[
        str | None,
        typer.Option(
            "--send-again", metavar="NUMBER|all", help="Let messages that were given up go out again."
        ),
    ] = None,
    deliver: Annotated[
        bool, typer.Option("--deliver", help="Send what is due now, where no scheduler is at work.")
    ] = False,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Show the messages: to whom, on which channel, sent or not and why not.

    Exit status 1 where messages were given up.
    """
    from consolidation.words import say
    from jobs.cli.output.deadlines import print_outbox
    from monitoring.access.system_account import logged
    from monitoring.alerts import messages
    from monitoring.store.store import StoreError

    chosen = options.language(language)
    opened = options.store(store)
    try:
        if send_again is not None:
            wanted = _numbers(send_again)
            with logged(opened, "outbox.send_again", send_again):
                numbers = messages.send_again(opened, wanted)
            if wanted and not numbers:
                raise UsageError.says("usage.send-again-none", number=send_again)
            print(say("outbox.again", chosen, count=len(numbers)))
        if deliver:
            _deliver(opened, chosen)
        frame = messages.outbox(opened, chosen, statuses=[messages.DEAD] if dead else None)
        with opened.reading() as connection:
            waiting = messages.backlog(connection)
    except StoreError as problem:
        raise UsageError.of(problem) from None
    if json:
        options.print_json(frame.to_dicts())
    else:
        print_outbox(frame, waiting, chosen)
    raise typer.Exit(1 if waiting.dead else 0)


def _numbers(text: str) -> list[int] | None:
    if text == "all":
        return None
    if not text.isdecimal() or len(text) > 9:
        raise UsageError.says("usage.send-again-what", text=text)
    return [int(text)]


def _deliver(store: Store, language: str) -> None:
    """One pass under the scheduler's own lease, so that it never meets a scheduler at work."""
    import os

    from consolidation.words import say
    from jobs.delivery import Sender
    from jobs.delivery.credentials import SecretFault, Secrets
    from jobs.delivery.recipients import UnusableRecipients, load_recipients
    from monitoring.scheduling.lease import Lease, LeaseLost
    from monitoring.store.database import home

    lease = Lease(store, f"rule19 outbox --deliver {os.getpid()}")
    if not lease.acquire() and not _outlive(lease, language):
        raise UsageError.says("usage.scheduler-delivers")
    try:
        done = Sender(store, Secrets.load(home()), lease.holder, guard=lease.fence).deliver(load_recipients())
    except UnusableRecipients as problem:
        raise UsageError(problem.in_short()) from None
    except SecretFault as problem:
        raise UsageError.of(problem) from None
    except LeaseLost:
        raise UsageError.says("usage.scheduler-took-over") from None
    finally:
        lease.release()
    print(say("outbox.delivered", language, sent=done.sent, refused=done.refused, lost=done.lost))


def _outlive(lease: Lease, language: str) -> bool:
    """Take over from a scheduler that has not been heard of, once it has been silent for the length of the lease before us."""
    import sys
    import time

    from consolidation.words import say
    from monitoring.scheduling.lease import lease_status

    held = lease_status(lease.store)
    if held is None or held.is_live:
        return False
    print(say("outbox.waits", language, holder=held.holder, seconds=round(lease.seconds)), file=sys.stderr)
    until = time.monotonic() + lease.seconds + _A_LITTLE_MORE
    while time.monotonic() < until:
        time.sleep(_LOOKS_EVERY)
        if lease.acquire():
            return True
    return False


def recipients(
    check: Annotated[
        bool,
        typer.Option("--check", help="Only check: exit status 0 if all is right, 2 with every fault named."),
    ] = False,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Show who is told what, by which channel; secrets are shown by name only."""
    from consolidation.words import say
    from jobs.cli.output.deadlines import print_recipients, recipients_json
    from jobs.delivery.credentials import SecretFault, Secrets
    from jobs.delivery.recipients import UnusableRecipients, load_recipients
    from jobs.delivery.recipients_check import faults_of
    from monitoring.store.database import home

    chosen = options.language(language)
    try:
        found = load_recipients()
    except UnusableRecipients as problem:
        raise UsageError.of(problem) from None
    try:
        faults = faults_of(found, Secrets.load(home()))
    except SecretFault as problem:
        faults = [problem.sentence]
    if json:
        said = [fault.message(chosen) for fault in faults]
        options.print_json({**recipients_json(found, chosen), "faults": said})
    elif not check:
        print_recipients(found, chosen)
    if faults:
        raise UsageError.of(UnusableRecipients(faults))
    if check and not json:
        counts = {"people": len(found.people), "roles": len(found.roles), "channels": len(found.channels)}
        print(say("recipients.counts", chosen, source=found.source.message(chosen), **counts))
