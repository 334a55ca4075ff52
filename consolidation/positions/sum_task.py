"""The unit of work on positions: the exact sums of one task, wherever it is done."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from consolidation.positions.aggregate import PositionAggregator
from consolidation.positions.context import AggregationContext
from consolidation.positions.partial_sums import PartialSums
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.tasks import Task, read_chunks
from consolidation.positions.shocks import shocked_chunks

FAN_IN = 8
"""Partial sums that are combined at a time."""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sum_task(task: Task, context: AggregationContext, stopped: threading.Event | None = None) -> PartialSums:
    """The exact sums of one task's positions; a pure function, so a task whose worker died is simply done again.

    :param stopped: where it is set meanwhile, reading ends early and the result must not be used.
    """
    aggregator = _aggregator(context)
    chunks = shocked_chunks(read_chunks(task, context.known_entities), context.shocks)
    return aggregator.sums(_unless(stopped, chunks))


def _unless(stopped: threading.Event | None, positions: Iterator[Chunk]) -> Iterator[Chunk]:
    for chunk in positions:
        if stopped is not None and stopped.is_set():
            return
        yield chunk


_aggregators: dict[str, PositionAggregator] = {}
_aggregators_lock = threading.Lock()


def _aggregator(context: AggregationContext) -> PositionAggregator:
    """The aggregator of a run in this process, made once; those of earlier runs are dropped."""
    with _aggregators_lock:
        if context.run not in _aggregators:
            _aggregators.clear()
            _aggregators[context.run] = PositionAggregator(context)
        return _aggregators[context.run]


def forget(context: AggregationContext) -> None:
    """Drop this process's aggregator of a run, and with it the numbering of ids."""
    _aggregators.pop(context.run, None)
