"""Asking a child process to look at a file before this process opens it.

The child has limits on memory and processor time and is given so long by the clock; whatever becomes of it – a refusal, an
abort, no answer – is a finding here, and this process lives on. A child that answered well is asked again, so that its
start is paid once; one that died or ran out of memory is replaced.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consolidation.findings import Finding, error
from consolidation.inspection.answers import RememberedAnswers, Status, status_of
from consolidation.inspection.child import FAILED, MEMORY
from consolidation.inspection.limits import cpu_seconds, memory_bytes

_START = "from consolidation.inspection.child import main; main()"
_KEPT = ("LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
"""What of the environment the child gets: no address of a database, no password."""

_MOST_IDLE = 2
_BUSY = 3
"""Seconds by the clock for a second of processor time, on a machine that is busy with other things."""


@dataclass(frozen=True, slots=True)
class Question:
    """A local file to look at.

    :param form: ``csv``, ``parquet``, ``workbook`` (sheets named as tables), ``form`` (an Annex 9 workbook) or ``archive``.
    :param columns: the columns of its table; of a workbook, the names of tables.
    :param laid_out: whether the whole table will be in memory; positions are not.
    """

    path: Path
    form: str
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"
    laid_out: bool = True

    def asked(self) -> dict[str, Any]:
        """What is asked, whatever the file's name is.

        :raises OSError: if the file is not there.
        """
        return {
            "form": self.form,
            "columns": list(self.columns),
            "encoding": self.encoding,
            "laid_out": self.laid_out,
            "size": self.path.stat().st_size,
        }


def look(
    question: Question, *, file: str, table: str = "", remembered: RememberedAnswers | None = None
) -> Finding | None:
    """Have a child process read the file to its end; None if nothing speaks against opening it here.

    :param file: the name of the file as the user knows it.
    :param remembered: what earlier processes found of the same bytes.
    :returns: an error: what is wrong with the file, or that reading it took too much memory or time, or ended the reader.
    :raises OSError: if the file is not there or cannot be looked at.
    """
    status, asked = status_of(question.path), question.asked()
    seen = (question, status)
    answer = _ANSWERS.get(seen)
    if answer is None and remembered:
        answer = remembered.get(asked, status)
    if answer is None:
        answer = _CHILDREN.ask(question.path, asked)
        if str(answer.get("code", "")) not in _OF_THE_MOMENT:
            _remember(seen, answer)
            if remembered:
                remembered.keep(asked, status_of(question.path), answer)
    if not answer:
        return None
    return error(answer["code"], **{"table": table, "file": file} | answer["fields"])


def end_waiting() -> None:
    """End the children that wait for a question: what they have read stays in their memory, hundreds of megabytes."""
    _CHILDREN.close()


_Seen = tuple[Question, Status]
_ANSWERS: dict[_Seen, dict[str, Any]] = {}
"""The last answers: a workbook is asked about by every reader that might be meant, and takes seconds to look at if it is large."""
_MOST_ANSWERS = 16
_OF_THE_MOMENT = (MEMORY, FAILED, "reader-time", "reader-ended")


def _remember(seen: _Seen, answer: dict[str, Any]) -> None:
    while len(_ANSWERS) >= _MOST_ANSWERS:
        _ANSWERS.pop(next(iter(_ANSWERS)), None)
    _ANSWERS[seen] = answer


class _Child:
    """A running child, and the lines that it writes."""

    def __init__(self) -> None:
        home = str(Path(__file__).parents[2])
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-S", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept
            | {
                "PYTHONPATH": os.pathsep.join([home, *filter(None, sys.path)]),
                "PYTHONUTF8": "1",
                "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
                "ARROW_DEFAULT_MEMORY_POOL": "system",
                "OMP_NUM_THREADS": "1",
                "ARROW_IO_THREADS": "1",
                "MALLOC_ARENA_MAX": "1",
            },
        )
        self.used = False
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True, name="rule19-look").start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            for line in answers:
                self._lines.put(line)
        self._lines.put(b"")

    def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The answer; None if the child died.

        :raises TimeoutError: if there is none in time.
        """
        assert self._process.stdin is not None
        with suppress(OSError):  # where it is gone its end is read below
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        self.used = True
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        """Kill it if it lives; gives its exit status, minus the signal that ended it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.kill()
        return self._process.wait()

    def status(self) -> int:
        """The exit status of one that has closed its output."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self.end()


class _Children:
    """Children that wait for a question; as many are started as questions are asked at a time."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()
        atexit.register(self.close)

    def ask(self, path: Path, asked: dict[str, Any]) -> dict[str, Any]:
        """The code and fields of a finding, or nothing."""
        asked, size = {"path": str(path.absolute()), **asked}, asked["size"]
        seconds = _BUSY * cpu_seconds(size)
        while True:
            child = self._take()
            was_used = child.used
            try:
                answer = child.ask(asked, seconds)
            except TimeoutError:
                child.end()
                return _out_of_time(seconds)
            except BaseException:
                child.end()
                raise
            if answer is None:
                status = child.status()
                if was_used and status == 0:
                    continue  # it had ended before it was asked
                return _of_its_end(status, size)
            if answer.get("code") in (MEMORY, FAILED):
                child.end()
            else:
                self._give_back(child)
            return _with_limit(answer, size)

    def _take(self) -> _Child:
        with self._lock:
            if self._owner != os.getpid():  # a copy of the process: the children are not its own
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.lives():
                    return child
                child.end()
        return _Child()

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(child)
                return
        child.end()

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._owner == os.getpid():
            for child in idle:
                child.end()


def _out_of_time(seconds: float) -> dict[str, Any]:
    return {"code": "reader-time", "fields": {"expected": f"{seconds:.0f}"}}


def _of_its_end(status: int, size: int) -> dict[str, Any]:
    """What the end of a child says of the file."""
    if status == -getattr(signal, "SIGXCPU", 0):
        return _out_of_time(cpu_seconds(size))
    if status == -getattr(signal, "SIGKILL", 0):
        return _with_limit({"code": MEMORY, "fields": {}}, size)
    return {"code": "reader-ended", "fields": {"value": str(status)}}


def _with_limit(answer: dict[str, Any], size: int) -> dict[str, Any]:
    if answer.get("code") == MEMORY:
        return {"code": MEMORY, "fields": {"expected": f"{memory_bytes(size) >> 20:,}"}}
    return answer


_CHILDREN = _Children()
