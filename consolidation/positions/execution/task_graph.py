"""The work on positions as one Dask graph: tasks that count, and sums that meet eight by eight until one is left.

Every task is a pure function of what it is given, and combining is associative: whoever executes the graph, in whatever
order, with whatever interruptions, the result is the same bits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from consolidation.filing_set.position_shocks import PositionShock
from consolidation.positions.aggregate import PositionAggregator
from consolidation.positions.context import AggregationContext
from consolidation.positions.execution.sums_cache import SumsCache, bearing_on, combined_key
from consolidation.positions.partial_sums import PartialSums, combine
from consolidation.positions.parties import name_of_ids
from consolidation.positions.readers.chunks import Chunk
from consolidation.positions.readers.read_task import read_chunks
from consolidation.positions.readers.tasks import TASK_ROWS, Task

FAN_IN = 8
"""Partial sums that are combined at a time."""

MOST_KEPT_SHARE = 0.9
"""Combined sums are kept where they have at most this share of the rows of their parts, and those of all positions."""


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """A Dask graph.

    ``context`` is the key of what every task is given, ``steps`` how many tasks are done with each key that counts or remembers some,
    ``new`` those of them that are not remembered, ``total`` the key of the sums of all positions, by scenario. What a key of ``graph``
    needs comes before it.
    """

    graph: dict[str, Any]
    context: str
    steps: dict[str, int]
    new: set[str]
    total: str


Count = Callable[[Task, AggregationContext, Sequence[Sequence[PositionShock]]], list[PartialSums]]
"""Counts a task as :func:`sum_task` does, here or elsewhere."""

Keys = tuple[str | None, ...]
"""What the cache knows sums by, for each scenario; None where it cannot know them."""


@dataclass(frozen=True, slots=True)
class _Node:
    """Some tasks whose sums are one: a single task, or the nodes ``under`` it; by ``keys``, one a scenario, the cache knows them."""

    name: str
    keys: Keys
    tasks: tuple[Task, ...]
    under: tuple[_Node, ...] = ()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sum_task(
    task: Task,
    context: AggregationContext,
    scenarios: Sequence[Sequence[PositionShock]],
    stopped: threading.Event | None = None,
) -> list[PartialSums]:
    """The exact sums of one task's positions, by scenario; a pure function, so a task whose worker died is simply done again.

    :param stopped: where it is set meanwhile, the task is given up.
    :raises CancelledError: where it is given up.
    """
    companies = context.counted["entity_id"].unique().sort().to_list()
    chunks = _begun(_unless(stopped, read_chunks(task, context.known_entities, companies)))
    return aggregator_of(context).sums(chunks, scenarios)


def _begun(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The chunks, the first of them already read: the aggregator may still be in the making."""
    first = list(islice(chunks, 1))

    def one_by_one() -> Iterator[Chunk]:
        while first:
            yield first.pop()
        yield from chunks

    return one_by_one()


def _unless(stopped: threading.Event | None, positions: Iterator[Chunk]) -> Iterator[Chunk]:
    def passed_on(chunk: Chunk) -> Chunk:
        if stopped is not None and stopped.is_set():
            raise CancelledError
        return chunk

    return map(passed_on, positions)


def task_graph(
    tasks: Sequence[Task],
    context: AggregationContext,
    cache: SumsCache | None = None,
    count: Count = sum_task,
) -> TaskGraph:
    """The graph of all tasks; those far above the usual size come first, and what the cache has is not counted again."""
    first_the_large = sorted(tasks, key=lambda task: sum(one.size for one in task) <= TASK_ROWS)
    bearings = [bearing_on(replace(context, scenarios=(one,))) if cache else "" for one in context.scenarios]
    level = [
        _Node(f"count-{context.run}-{number:06}", _keys(task, bearings, cache), (task,))
        for number, task in enumerate(first_the_large or [()])
    ]
    height = 0
    while len(level) > 1:
        height += 1
        level = [
            _over(f"combine-{context.run}-{height}-{number:06}", level[start : start + FAN_IN])
            for number, start in enumerate(range(0, len(level), FAN_IN))
        ]
    run = f"context-{context.run}"
    planned = TaskGraph({run: context}, run, {}, set(), level[0].name)
    _add(level[0], planned, cache, count)
    return planned


def _keys(task: Task, bearings: Sequence[str], cache: SumsCache | None) -> Keys:
    return tuple(cache.key(task, bearing) if cache else None for bearing in bearings)


def _over(name: str, under: Sequence[_Node]) -> _Node:
    tasks = tuple(task for node in under for task in node.tasks)
    keys = tuple(
        combined_key(of_scenario) for of_scenario in zip(*(node.keys for node in under), strict=True)
    )
    return _Node(name, keys, tasks, tuple(under))


def _add(node: _Node, planned: TaskGraph, cache: SumsCache | None, count: Count) -> None:
    """What has to be done for a node: all that the cache has of every scenario is not looked into any further."""
    remembered = cache is not None and all(key and cache.has(key) for key in node.keys)
    if remembered or not node.under:
        counted = partial(_counted, cache, node.keys, node.tasks, count)
        planned.graph[node.name] = (counted, planned.context)
        planned.steps[node.name] = len(node.tasks)
        if not remembered:
            planned.new.add(node.name)
    else:
        for below in node.under:
            _add(below, planned, cache, count)
        names = [below.name for below in node.under]
        is_total = node.name == planned.total
        planned.graph[node.name] = (partial(_combined, cache, node.keys, node.tasks, is_total), names)


def _counted(
    cache: SumsCache | None,
    keys: Keys,
    tasks: Sequence[Task],
    count: Count,
    context: AggregationContext,
) -> Sequence[PartialSums]:
    """The sums of tasks, by scenario: those that the cache has, and the others counted together."""
    name = name_of_ids(context.run)
    known = [cache.get(key, name) if cache and key else None for key in keys]
    unknown = [number for number, sums in enumerate(known) if sums is None]
    if unknown:
        scenarios = [context.scenarios[number] for number in unknown]
        counted = [count(task, context, scenarios) for task in tasks]
        for number, *parts in zip(unknown, *counted, strict=True):
            known[number] = combine(parts)
    found = [sums for sums in known if sums is not None]
    _keep(cache, keys, unknown, tasks, found)
    return found


def _combined(
    cache: SumsCache | None,
    keys: Keys,
    tasks: Sequence[Task],
    is_total: bool,
    parts: Sequence[Sequence[PartialSums]],
) -> Sequence[PartialSums]:
    by_scenario = list(zip(*parts, strict=True))
    found = [combine(of_scenario) for of_scenario in by_scenario]
    kept = [n for n, sums in enumerate(found) if is_total or _much_fewer(sums, by_scenario[n])]
    _keep(cache, keys, kept, tasks, found)
    return found


def _much_fewer(sums: PartialSums, parts: Sequence[PartialSums]) -> bool:
    """Whether sums are so much fewer than those they were combined of that to keep them pays: else these are read as fast."""
    return sums.rows < MOST_KEPT_SHARE * sum(part.rows for part in parts)


def _keep(
    cache: SumsCache | None,
    keys: Keys,
    new: Iterable[int],
    tasks: Sequence[Task],
    found: Sequence[PartialSums],
) -> None:
    """Remember what is new."""
    for number in new:
        key = keys[number]
        if cache and key and not cache.has(key):
            cache.keep(key, tasks, found[number])


_aggregators: dict[str, PositionAggregator] = {}
_aggregators_lock = threading.Lock()


def aggregator_of(context: AggregationContext) -> PositionAggregator:
    """The aggregator of a run in this process, made once, while whoever else asks for it waits; those of earlier runs are dropped."""
    with _aggregators_lock:
        if context.run not in _aggregators:
            _aggregators.clear()
            _aggregators[context.run] = PositionAggregator(context)
        return _aggregators[context.run]


def forget(context: AggregationContext) -> None:
    """Drop this process's aggregator of a run, and with it the numbering of ids."""
    _aggregators.pop(context.run, None)
