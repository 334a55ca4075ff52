"""What every company holds against one party, summed from the positions of a filing set, however many there are.

The party is the one that the law looks through to (Rule 19 A28): the counterparty; its guarantor once it has defaulted;
the issuer where nobody else is named. What is held on separate accounts is the policyholders' loss and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import numpy as np

from consolidation.filing_set.readers.contents import Part
from consolidation.money import ZERO, add
from consolidation.positions.exact_sums import sum_by_key, to_amounts
from consolidation.positions.parties import parties_of
from consolidation.positions.readers.chunks import Chunk, EncodedColumn
from consolidation.positions.readers.read_task import read_chunks
from consolidation.positions.readers.tasks import plan_tasks


def held_against(parts: tuple[Part, ...], party: str, period_end: date) -> dict[str, Decimal]:
    """Company → carrying amount against ``party`` at the period's end, 万元.

    :raises consolidation.positions.readers.tasks.PartUnreadable: naming the part that cannot be read.
    """
    return summed(
        (chunk for task in plan_tasks(parts) for chunk in read_chunks(task, None)), party, period_end
    )


def summed(found: Iterable[Chunk], party: str, period_end: date) -> dict[str, Decimal]:
    """The same from chunks of positions."""
    totals: dict[str, Decimal] = {}
    for chunk in found:
        for entity, amount in _of_chunk(chunk, party, period_end):
            totals[entity] = add([totals.get(entity, ZERO), amount])
    return dict(sorted(totals.items()))


def _of_chunk(chunk: Chunk, party: str, period_end: date) -> Iterator[tuple[str, Decimal]]:
    found = parties_of(chunk)
    owed = EncodedColumn(found.names, found.party).map_values((found.names == party).to_numpy())
    days = chunk.period_end.map_values((chunk.period_end.values == period_end).to_numpy())
    at = np.flatnonzero(owed & days & ~chunk.separate_account)
    entities = chunk.encoded["entity_id"]
    sums = sum_by_key(entities.codes[at], chunk.units[at], len(entities.values))
    yield from zip(entities.values.gather(sums.keys), to_amounts(sums.low, sums.high), strict=True)
