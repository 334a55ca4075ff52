"""The scheduler: start it, and ask how it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options

PANEL = "Deadlines and alerts"


def register(app: typer.Typer) -> None:
    """Add the schedule and status commands to the application."""
    app.command(rich_help_panel=PANEL)(schedule)
    app.command(rich_help_panel=PANEL)(status)


def schedule(
    watch: Annotated[
        Path | None,
        typer.Option(
            "--watch", metavar="DIR", help="Consolidate every filing set that lands in a sub-folder of DIR."
        ),
    ] = None,
    lease: Annotated[
        float,
        typer.Option(
            "--lease",
            metavar="SECONDS",
            min=1,
            max=50,
            help="How long a scheduler may be silent before another takes over; the same for all of them.",
        ),
    ] = 30,
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Answer /healthz and /metrics (Prometheus) there; port 0 takes a free one and logs it.",
        ),
    ] = "",
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    log_format: options.LogFormat = "",
) -> None:
    """Run the scheduler until it is stopped: deadlines and reminders, delivery, flags, watched folder, weekly scan.

    One works at a time: a second one waits and takes over when the first ends or dies. docs/scheduler.md.
    """
    import logging
    import os
    import signal
    from contextlib import nullcontext

    from jobs.scheduler import Service
    from jobs.scheduler.endpoints import listening
    from jobs.usage import UsageError
    from monitoring import logs
    from monitoring.store.database import StoreError, database_url

    try:
        database_url(store)
    except StoreError as problem:
        raise UsageError.of(problem) from None
    if watch is not None and not watch.is_dir():
        raise UsageError.says(f"usage.watch-{'file' if watch.exists() else 'absent'}", folder=watch)
    logs.set_up(options.log_format(log_format), logging.WARNING if quiet else logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    listened = listening(store, *_address(listen)) if listen else nullcontext()
    service = Service(store, watch.resolve() if watch else None, lease_seconds=lease)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    with listened:
        is_idle = service.run()
    if not is_idle:
        # A job is still at work and would hold the process up; it leaves nothing half done behind.
        os._exit(0)


def _address(listen: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``[::1]:PORT`` or ``PORT`` alone, which is this machine's own address."""
    from jobs.usage import UsageError

    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError.says("usage.listen", listen=listen)
    return host.strip("[]") or "127.0.0.1", int(port)


def status(
    store: options.StoreUrl = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Say who works, when each job last went well or wrong and runs next, and what waits to go out.

    Exit status 0: all is well; 1: nobody works, a job is late or fails, messages were given up, or the store is away.
    """
    from jobs.scheduler.health import ASK_SECONDS, existing_store, health_of, print_health
    from monitoring.store.database import StoreError

    chosen = options.language(language)
    try:
        health = health_of(existing_store(store, wait_seconds=ASK_SECONDS))
    except StoreError as problem:
        if json:
            fault = {"code": "store_away", "says": problem.message(chosen)}
            options.print_json({"healthy": False, "faults": [fault]})
        elif not quiet:
            typer.echo(f"rule19: {problem.message(chosen)}", err=True)
        raise typer.Exit(1) from None
    if json:
        options.print_json(health.to_json(chosen))
    elif not quiet:
        print_health(health, chosen)
    raise typer.Exit(1 if health.faults() else 0)
