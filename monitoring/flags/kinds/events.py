"""Events that a group must report within days (Rule 19 A142): what a person wrote down, and a member's new breach.

How a loss is compared with net assets is said in :mod:`monitoring.obligations.losses`. Pure: frames in, rows out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from consolidation.money import less, line_amount
from consolidation.rulebook import Rulebook
from consolidation.words import label, money
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.member_breaches import MEMBER_BREACH
from monitoring.flags.kinds.thresholds import below_limit
from monitoring.flags.speech import Flag, Speech
from monitoring.obligations.catalogue import Catalogue
from monitoring.obligations.losses import LossComparison, compare_loss
from monitoring.ratios import GROUP

OBLIGATION = "group-event-report"
MEMBER_IN_CRISIS = "member_in_crisis"
SOURCE = "Rule 19 A142"


def event_flags(recorded: pl.DataFrame, financials: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """One row an event whose report is owed. Item: what happened and on which day; ``value``: the net assets and of when.

    :param recorded: :class:`~monitoring.flags.inputs.RecordedEvents`.
    """
    found = list(_rows(recorded, financials, rulebook))
    return (
        rows.complete(pl.DataFrame(found, schema=rows.FlagRows.polars_schema()))
        if found
        else rows.FlagRows.without_rows()
    )


def _rows(recorded: pl.DataFrame, financials: pl.DataFrame, rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    catalogue = Catalogue(rulebook)
    for event in recorded.iter_rows(named=True):
        day, amount = event["happened_on"], event["amount"]
        more = f"#{event['occurrence']}" if event["occurrence"] > 1 else ""
        occasion = catalogue.occasion(OBLIGATION, event["occasion"], day)
        row = {
            "subject_kind": GROUP,
            "subject_id": event["group_id"],
            "code": EVENT.code,
            "item": f"{event['occasion']}/{day.isoformat()}{more}",
            "party": "",
            "period_end": day,
            "since": day,
            "figure": amount,
            "source": SOURCE,
            "met": True,
            "latest": True,
        }
        if amount is not None:
            row["unit"] = rows.WAN_YUAN
            loss = (
                None
                if occasion is None
                else compare_loss(occasion, amount, financials, event["group_id"], day)
            )
            row |= {} if loss is None else _limit(loss)
        yield {name: row.get(name) for name in rows.FlagRows.column_names()}


def _limit(loss: LossComparison) -> dict[str, Any]:
    if loss.limit is None:
        return {}
    return {
        "limit": line_amount(loss.limit),
        "distance_wan_yuan": line_amount(less(loss.limit, loss.amount)),
        "value": f"{loss.net_assets:f} ({loss.figures_of})",
    }


def members_in_crisis(flags: pl.DataFrame, data: FlagData) -> pl.DataFrame:
    """The event that a member's breach is in the period in which it begins; the breach itself is the graver flag.

    One a member, of however many of its figures; ``value`` is the figure that is shown.

    :param flags: rows of which the groups' flags of their members' breaches are looked at.
    """
    new = flags.filter(
        (pl.col("code") == MEMBER_BREACH.code)
        & pl.col("met")
        & (pl.col("since") == pl.col("period_end"))
        & (pl.col("item") != rows.RATING)
    ).unique(["subject_id", "party", "period_end"], keep="first", maintain_order=True)
    return new.with_columns(
        code=pl.lit(EVENT.code),
        item=pl.lit(MEMBER_IN_CRISIS),
        value=pl.col("item"),
        covered_by=pl.lit(MEMBER_BREACH.code),
        source=pl.concat_str(pl.lit(f"{SOURCE}; "), "source"),
    )


def _says(flag: Flag, speech: Speech) -> str:
    """What happened, and the amount against the share of net assets where it is one that is compared."""
    item, figure = speech.item(flag), speech.amount(flag["figure"])
    if flag["unit"] is None:
        said = speech.say("event.says", item=item)
    elif flag["unit"] == rows.RATIO:
        of_ratio = label(f"flag_item.{flag['value']}", speech.language)
        said = speech.say("event.says_because", item=item, because=below_limit(flag, speech, of_ratio))
    elif flag["limit"] is None:
        said = speech.say("event.says_amount", item=item, figure=figure)
    else:
        net_assets, _, day = str(flag["value"]).partition(" ")
        said = speech.say(
            "event.says_loss",
            item=item,
            figure=figure,
            limit=speech.amount(flag["limit"]),
            net_assets=f"{money(net_assets, speech.language)} {day}",
            amount=speech.amount(flag["distance_wan_yuan"]),
        )
    return speech.of_member(flag, said)


def _short(flag: Flag, speech: Speech) -> str:
    item = speech.item(flag)
    if flag["unit"] != rows.WAN_YUAN:
        return speech.of_member(flag, speech.say("event.short", item=item))
    key = "event.short_amount" if flag["limit"] is None else "event.short_loss"
    return speech.say(key, item=item, figure=speech.figure(flag), limit=speech.limit(flag))


EVENT = FlagKind(
    says=_says,
    short=_short,
    code="event",
    level="breach",
    tests=(lambda data: event_flags(data.inputs.events, data.inputs.group_financials, data.rulebook),),
    derived=members_in_crisis,
)
