"""The work on positions as one Dask graph: tasks that count, and sums that meet eight by eight until one is left.

Every task is a pure function of what it is given, and combining is associative: whoever executes the graph, in whatever
order, with whatever interruptions, the result is the same bits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from consolidation.positions.aggregate import PositionAggregator
from consolidation.positions.context import AggregationContext
from consolidation.positions.execution.sums_cache import SumsCache, bearing_on, combined_key
from consolidation.positions.partial_sums import PartialSums, combine
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.tasks import TASK_ROWS, Task, read_chunks
from consolidation.positions.shocks import shocked_chunks

FAN_IN = 8
"""Partial sums that are combined at a time."""


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """A Dask graph.

    ``steps`` is how many tasks are done with each key that counts or remembers some, ``total`` the key of the sums of all
    positions.
    """

    graph: Mapping[str, Any]
    steps: Mapping[str, int]
    total: str


@dataclass(frozen=True, slots=True)
class _Node:
    """Some tasks whose sums are one: a single task, or the nodes ``under`` it; ``key`` is what the cache knows them by."""

    name: str
    key: str | None
    tasks: tuple[Task, ...]
    under: tuple[_Node, ...] = ()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sum_task(task: Task, context: AggregationContext, stopped: threading.Event | None = None) -> PartialSums:
    """The exact sums of one task's positions; a pure function, so a task whose worker died is simply done again.

    :param stopped: where it is set meanwhile, reading ends early and the result must not be used.
    """
    companies = context.counted["entity_id"].unique().sort().to_list()
    chunks = shocked_chunks(read_chunks(task, context.known_entities, companies), context.shocks)
    return _aggregator(context).sums(_unless(stopped, chunks))


def _unless(stopped: threading.Event | None, positions: Iterator[Chunk]) -> Iterator[Chunk]:
    for chunk in positions:
        if stopped is not None and stopped.is_set():
            return
        yield chunk


def task_graph(
    tasks: Sequence[Task],
    context: AggregationContext,
    cache: SumsCache | None = None,
    stopped: threading.Event | None = None,
) -> TaskGraph:
    """The graph of all tasks; those far above the usual size come first, and what the cache has is not counted again."""
    first_the_large = sorted(tasks, key=lambda task: sum(one.size for one in task) <= TASK_ROWS)
    bearing = bearing_on(context) if cache else ""
    level = [
        _Node(f"count-{context.run}-{number:06}", cache.key(task, bearing) if cache else None, (task,))
        for number, task in enumerate(first_the_large or [()])
    ]
    height = 0
    while len(level) > 1:
        height += 1
        level = [
            _over(f"combine-{context.run}-{height}-{number:06}", level[start : start + FAN_IN])
            for number, start in enumerate(range(0, len(level), FAN_IN))
        ]
    graph: dict[str, Any] = {f"context-{context.run}": context}
    steps: dict[str, int] = {}
    _add(level[0], graph, steps, context, cache, stopped)
    return TaskGraph(graph, steps, level[0].name)


def _over(name: str, under: Sequence[_Node]) -> _Node:
    tasks = tuple(task for node in under for task in node.tasks)
    return _Node(name, combined_key([node.key for node in under]), tasks, tuple(under))


def _add(
    node: _Node,
    graph: dict[str, Any],
    steps: dict[str, int],
    context: AggregationContext,
    cache: SumsCache | None,
    stopped: threading.Event | None,
) -> None:
    """What has to be done for a node."""
    handed = f"context-{context.run}"
    if cache and node.key and cache.has(node.key):
        graph[node.name] = (partial(_remembered, cache, node.key, node.tasks), handed)
        steps[node.name] = len(node.tasks)
    elif not node.under:
        graph[node.name] = (partial(_counted, cache, node.key, node.tasks[0], stopped), handed)
        steps[node.name] = 1
    else:
        for below in node.under:
            _add(below, graph, steps, context, cache, stopped)
        names = [below.name for below in node.under]
        graph[node.name] = (partial(_combined, cache, node.key, node.tasks), names)


def _counted(
    cache: SumsCache | None,
    key: str | None,
    task: Task,
    stopped: threading.Event | None,
    context: AggregationContext,
) -> PartialSums:
    sums = sum_task(task, context, stopped)
    if cache and key and not (stopped and stopped.is_set()):
        cache.keep(key, (task,), sums)
    return sums


def _combined(
    cache: SumsCache | None, key: str | None, tasks: Sequence[Task], parts: Sequence[PartialSums]
) -> PartialSums:
    sums = combine(parts)
    if cache and key:
        cache.keep(key, tasks, sums)
    return sums


def _remembered(
    cache: SumsCache, key: str, tasks: Sequence[Task], context: AggregationContext
) -> PartialSums:
    """What the cache has; where it has just been cleaned away, the tasks are counted."""
    return cache.get(key, _aggregator(context).name) or combine([sum_task(task, context) for task in tasks])


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
