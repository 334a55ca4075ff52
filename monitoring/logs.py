"""Logs for people or for programs: a line of text or a JSON object a record, as ``RULE19_LOG_FORMAT`` says."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

VARIABLE = "RULE19_LOG_FORMAT"
TEXT, JSON = "text", "json"
FORMATS = (TEXT, JSON)


class JsonFormatter(logging.Formatter):
    """One line a record: ``at`` (UTC), ``level``, ``logger``, ``message``, and ``traceback`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        found = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            found["traceback"] = self.formatException(record.exc_info)
        return json.dumps(found, ensure_ascii=False)


def wanted() -> str:
    """The format that the environment asks for; whatever is not JSON is text."""
    return JSON if os.environ.get(VARIABLE, "").strip().casefold() == JSON else TEXT


def formatter(wanted_format: str) -> logging.Formatter:
    """The formatter of a format."""
    if wanted_format == JSON:
        return JsonFormatter()
    return logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def set_up(wanted_format: str, level: int) -> None:
    """Write what is logged to standard error: this program's from a level on, others' errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(wanted_format))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
    logging.getLogger("rule19").setLevel(level)


def take_over() -> None:
    """Give every handler that a library has set up for itself the JSON format, too."""
    names = list(logging.root.manager.loggerDict)
    for logger in (logging.root, *map(logging.getLogger, names)):
        for handler in logger.handlers:
            handler.setFormatter(JsonFormatter())
