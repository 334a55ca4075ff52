"""The dashboard: start it, and help somebody in who has lost the password."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli.commands import options
from jobs.usage import UsageError

_HOSTS = "RULE19_ALLOWED_HOSTS"


def register(app: typer.Typer) -> None:
    """Add the dashboard commands to the application."""
    app.command(rich_help_panel="Dashboard")(dashboard)
    app.command("new-password", rich_help_panel="Dashboard")(new_password)


def dashboard(
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but 127.0.0.1 opens the dashboard to others.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name by which browsers ask for it, beside this machine's own; several times.",
        ),
    ] = None,
    store: options.StoreUrl = None,
    log_format: options.LogFormat = "",
) -> None:
    """Start the dashboard over the store of runs. The first start prints an administrator's one-time password.

    Stop it with Ctrl-C. To let others in, put a proxy with TLS before it: docs/operations.md.
    """
    import importlib.util
    import os
    import sys
    from pathlib import Path

    from monitoring import logs
    from monitoring.access.accounts import SecondFactor
    from monitoring.access.roles import SECOND_FACTOR_VARIABLE
    from monitoring.store.database import URL_VARIABLE

    wanted = os.environ.get(SECOND_FACTOR_VARIABLE, "").strip().casefold()
    if wanted not in ("", *SecondFactor):
        raise UsageError.says(
            "usage.second-factor",
            variable=SECOND_FACTOR_VARIABLE,
            wanted=wanted,
            known=", ".join(SecondFactor),
        )

    options.store(store).close()  # says at once, and in one line, if the store cannot be used
    found = importlib.util.find_spec("dashboard")
    if found is None or not found.submodule_search_locations:
        raise UsageError.says("usage.no-dashboard")
    entry = str(Path(found.submodule_search_locations[0]) / "app" / "server.py")
    environment = {**os.environ, **({URL_VARIABLE: store} if store else {})}
    environment[logs.VARIABLE] = options.log_format(log_format)
    if allow_host:
        environment[_HOSTS] = ",".join([*filter(None, [os.environ.get(_HOSTS)]), *allow_host])
    command = [sys.executable, "-m", "streamlit", "run", entry]
    command += ["--server.address", host, "--server.port", str(port)]
    # The server takes this process's place: whoever stops it stops the server.
    os.execve(sys.executable, command, environment)


def new_password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's sign-in name.")],
    store: options.StoreUrl = None,
    without_second_factor: Annotated[
        bool, typer.Option(help="Take the second factor away, too: the phone is lost.")
    ] = False,
) -> None:
    """Print a new one-time password for an account of the dashboard; its old one and its sessions end."""
    from monitoring.access import second_factor
    from monitoring.access.accounts import AccountError
    from monitoring.access.accounts import new_password as make

    opened = options.store(store)
    try:
        if without_second_factor:
            second_factor.reset(opened, None, name)
        password = make(opened, None, name)
    except AccountError as problem:
        from consolidation.words import say

        raise UsageError(
            say(f"access.{problem.code}", options.default_language(), **problem.places)
        ) from None
    print(f"one-time password of {name}: {password}")
