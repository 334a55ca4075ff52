"""What docs/deadlines.md shows works as it stands there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from consolidation.rulebook import Rulebook
from jobs.cli.main import app
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import from_file
from jobs.delivery.recipients_check import faults_of

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "deadlines.md").read_text("utf-8")


def test_the_example_of_recipients_is_without_fault(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "recipients.yaml"
    path.write_text(example, "utf-8")
    secrets = Secrets({"MAIL_PASSWORD": "secret", "WECOM_KEY": "0123456789abcdef0123456789abcdef"}, {})
    assert faults_of(from_file(path), secrets) == []


def test_every_command_it_names_is_there() -> None:
    there = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    named = set(re.findall(r"rule19 ([a-z]+(?:-[a-z]+)*)", TEXT))
    assert named <= there and {"deadlines", "submitted", "outbox", "recipients"} <= named


def test_the_days_of_reminders_are_those_of_the_rulebook() -> None:
    days = Rulebook.load().on(date(2026, 1, 1)).value("reminders.days_before")
    assert ", ".join(str(day) for day in days if day) + " days before the last day" in TEXT
