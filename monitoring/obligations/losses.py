"""Whether a loss is one that the law wants reported: compared with a share of net assets, not taken at its word (Rule 19 A142).

The net assets are those of the consolidated figures of the latest period that ended by the day of the event and has them.
Net assets of zero or less make every loss larger. Where no figure is known nothing is compared, and the report is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl

from consolidation.money import EXACT, QUANTUM, ZERO, times
from monitoring.obligations.catalogue import NET_ASSETS, Occasion

_TOO_LARGE = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class LossComparison:
    """A loss against the law's share of net assets, 万元.

    ``limit``, ``net_assets`` and ``figures_of`` (the period of the net assets) are None where no net assets are
    known.
    """

    amount: Decimal
    share: Decimal
    limit: Decimal | None
    net_assets: Decimal | None
    figures_of: date | None

    @property
    def is_due(self) -> bool:
        """Whether the loss has to be reported: above the limit, or compared with nothing."""
        return self.limit is None or self.amount > self.limit


def amount_in(text: str) -> Decimal:
    """An amount in 万元 that somebody typed: at most thirteen digits before the point and six behind it.

    :raises ValueError: for anything else.
    """
    try:
        amount = Decimal(text.strip())
        if abs(amount) < _TOO_LARGE and amount == amount.quantize(QUANTUM, context=EXACT):
            return amount
    except InvalidOperation:
        pass
    raise ValueError(text)


def compare_loss(
    occasion: Occasion, amount: Decimal, financials: pl.DataFrame, group_id: str, happened_on: date
) -> LossComparison | None:
    """An amount against the occasion's share of the group's net assets; None for an occasion that has no such limit.

    :param financials: the ``group_financials`` table.
    """
    if occasion.share_of != NET_ASSETS or occasion.above is None:
        return None
    known = financials.filter(
        (pl.col("group_id") == group_id)
        & (pl.col("period_end") <= happened_on)
        & pl.col("net_assets").is_not_null()
    ).sort("period_end")
    if known.is_empty():
        return LossComparison(amount, occasion.above, None, None, None)
    figures_of, net_assets = known.select("period_end", "net_assets").row(-1)
    limit = times(occasion.above, max(net_assets, ZERO))
    return LossComparison(amount, occasion.above, limit, net_assets, figures_of)
