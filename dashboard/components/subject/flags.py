"""What a flag says, in one short sentence made from its figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from consolidation.words import say
from consolidation.words import table as words
from dashboard.components import formatting
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.subject.scenarios import own_scenarios, scenario_name
from dashboard.components.view import View
from monitoring.doubt.sentences import doubt_in_short
from monitoring.flags.registry import KINDS, kind_of
from monitoring.flags.schema import RATIO
from monitoring.flags.sentences import finding_sentence, flag_sentence
from monitoring.flags.speech import Flag, Speech
from monitoring.formatting import sector_in_words

STATES = {kind.name: SolvencyState[kind.level.upper()] for kind in KINDS}
"""The colour and symbol of a flag by its kind; its own word stands beside them."""


@dataclass(frozen=True, kw_only=True)
class _PageSpeech(Speech):
    """A flag's figures as a page shows figures, its names as the person may see them."""

    view: View

    def party(self, flag: Flag) -> str:
        return party(self.view, flag)

    def scenario(self, id: str) -> str:
        return scenario_name(self.view, id)

    def of_member(self, flag: Flag, what: str) -> str:
        if not flag["party"]:
            return what
        member = self.view.short_name(flag["party"])
        return say("flag_says.member_short", self.language, member=member, told=what)

    def ratio(self, value: Decimal | None, against: Decimal | None = None) -> str:
        return formatting.ratio(value, against=against)

    def amount(self, value: Decimal | None) -> str:
        return self.view.money(value)

    def points(self, value: Decimal) -> str:
        return formatting.signed(abs(value), 1).lstrip("+")

    def limit(self, flag: Flag) -> str:
        return formatting.ratio(flag["limit"], 0) if flag["unit"] == RATIO else self.amount(flag["limit"])


def state(flag: Flag) -> SolvencyState:
    """The state that a flag is shown in: its kind's, or in doubt where it rests on a figure that is."""
    return SolvencyState.DOUBT if flag.get("doubted") else STATES[kind_of(flag).name]


def sentence(view: View, flag: Flag) -> str:
    """The flag in words, without whose it is: 综合偿付能力充足率 96.28%，低于 100%."""
    doubt = doubt_in_short(flag, view.language, view.name, view.money, formatting.ratio)
    return doubt + kind_of(flag).short(flag, _PageSpeech(view.language, view=view))


def whole(view: View, flag: Flag) -> str:
    """Everything that the flag says, with source, basis and the measures that follow, in the wording that all pages share."""
    return flag_sentence(flag, view.language, _names(view, flag))


def found(view: View, flag: Flag) -> str:
    """What the flag found, with source and basis, where the measures that follow stand beside it."""
    return finding_sentence(flag, view.language, _names(view, flag))


def _names(view: View, flag: Flag) -> dict[str, str]:
    names = {flag["subject_id"]: view.name(flag["subject_id"]), flag["party"]: party(view, flag)}
    if flag["value"] in own_scenarios(view):
        names[flag["value"]] = scenario_name(view, flag["value"])
    member = flag.get("doubted_of")
    return names | {member: view.name(member)} if member else names


def word(view: View, flag: Flag) -> str:
    """The flag's kind in a word, and whether it is in doubt."""
    kind = _kind(view, flag)
    return f"{view.label('doubt.tag')} · {kind}" if flag.get("doubted") else kind


def _kind(view: View, flag: Flag) -> str:
    return view.label(f"flag.{kind_of(flag).name}")


def short_word(view: View, flag: Flag) -> str:
    """Item and kind in two words (核心重点核查), or as the kind's own tag has it."""
    which = flag["item"].partition("_")[0]
    is_ratio = which in (CORE, COMPREHENSIVE) and flag["unit"] == RATIO
    item = _PageSpeech(view.language, view=view).item(flag)
    own = f"flag.{kind_of(flag).name}.tag"
    named = view.say(f"ratio.{which}") if is_ratio and own not in words() else item
    if flag.get("doubted"):
        named = f"{view.label('doubt.tag')} · {named}"
    return say(own if own in words() else "flag_says.tag", view.language, item=named, word=_kind(view, flag))


def party(view: View, flag: Flag) -> str:
    """Whom a flag is about beside its subject: a member, or a counterparty by the name that the filing set gave."""
    own = flag.get("party_name" if view.language == "zh" else "party_name_en")
    return sector_in_words(own or view.name(flag["party"]), view.language)
