"""The channel that needs no configuration: plain files in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from jobs.delivery.channels.outgoing_message import MarkInFlight, OutgoingMessage
from monitoring.alerts.messages import Answer, DeliveryRejected, Sent
from monitoring.calendar import CHINA


class Folder:
    """Plain files in a folder, one a message, named by its time in China and its key: writing one again changes nothing."""

    most_bytes = 1_000_000
    most_a_minute: int | None = None

    def __init__(self, folder: Path, person: str) -> None:
        self._folder = folder / quote(person, safe="")

    def send(self, message: OutgoingMessage, mark_in_flight: MarkInFlight) -> Answer:
        """Write the message as a text file, whole or not at all."""
        mark_in_flight()
        place = self._folder / f"{message.moment.astimezone(CHINA):%Y-%m-%dT%H%M%S}-{message.key}.txt"
        draft = self._folder / f".{message.key}.unfinished"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if any(self._folder.glob(f"*-{message.key}.txt")):
                return Sent()
            with draft.open("w", encoding="utf-8") as file:
                file.write(message.whole + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        except OSError as problem:
            return DeliveryRejected(f"{self._folder}: {problem.strerror}")
        return Sent()
