"""Sentences as codes and fields, said when somebody reads them, in that reader's language.

What is kept of a sentence until then is JSON: nothing translated is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from consolidation.findings import Finding, Severity
from consolidation.words import say

_GROUP = "group"
"""A place that is an id with a name."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """An entry of the table of words and what fills its places; ``group`` among them is an id."""

    key: str
    places: Mapping[str, Any] = field(default_factory=dict)


Part = str | Phrase | Finding
"""A text that is data and no language (a path), an entry of the table of words, or a finding."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Parts that are read one after the other."""

    parts: tuple[Part, ...]

    def message(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """The sentence for a person; ``names`` as for :meth:`Finding.message`."""
        return "".join(_said(part, language, names or {}) for part in self.parts)

    def __str__(self) -> str:
        return self.message()

    def kept(self) -> list[Any]:
        """The sentence as JSON keeps it, for :func:`read_sentence`."""
        return [_kept(part) for part in self.parts]

    def kept_as_text(self) -> str:
        """The sentence as a column of texts keeps it, for :func:`read_text`."""
        return json.dumps(self.kept(), ensure_ascii=False, default=str)

    def calling(self, path: str, name: str) -> Sentence:
        """The same with ``name`` wherever a path of this machine stands."""

        def called(value: Any) -> Any:
            return value.replace(path, name) if isinstance(value, str) else value

        def renamed(part: Part) -> Part:
            if isinstance(part, Phrase):
                return Phrase(part.key, {place: called(value) for place, value in part.places.items()})
            if isinstance(part, Finding):
                return replace(part, file=called(part.file), value=called(part.value))
            return str(called(part))

        return Sentence(tuple(map(renamed, self.parts)))


class FaultInWords(Exception):
    """A fault with one sentence for a person, said in the language of whoever reads it; its text is the English one."""

    def __init__(self, said: Sentence | str) -> None:
        self.sentence = said if isinstance(said, Sentence) else Sentence((said,))
        super().__init__(self.sentence.message())

    def message(self, language: str) -> str:
        """The sentence in a language."""
        return self.sentence.message(language)


def in_words(key: str, **places: object) -> Sentence:
    """The sentence of one entry of the table of words."""
    return Sentence((Phrase(key, places),))


def read_sentence(kept: Sequence[Any]) -> Sentence:
    """The sentence that :meth:`Sentence.kept` gave."""
    return Sentence(tuple(map(_read, kept)))


def read_text(kept: str) -> Sentence:
    """The sentence that :meth:`Sentence.kept_as_text` gave; any other text, as earlier versions kept one, as it is."""
    if kept.startswith(('["', "[{")):
        with suppress(ValueError):
            return read_sentence(json.loads(kept))
    return Sentence((kept,))


def _said(part: Part, language: str, names: Mapping[str, str]) -> str:
    if isinstance(part, Finding):
        return part.message(language, names)
    if isinstance(part, Phrase):
        group = part.places.get(_GROUP)
        named = {} if group is None else {_GROUP: names.get(group, group)}
        return say(part.key, language, **{**part.places, **named})
    return part


def _kept(part: Part) -> Any:
    if isinstance(part, Finding):
        told = {name: value for name, value in asdict(part).items() if value not in (None, "", {})}
        return {"finding": told | ({"period_end": part.period_end.isoformat()} if part.period_end else {})}
    return part if isinstance(part, str) else {"words": part.key, "places": dict(part.places)}


def _read(kept: Any) -> Part:
    if isinstance(kept, str):
        return kept
    if "words" in kept:
        return Phrase(kept["words"], kept["places"])
    fields = kept["finding"]
    end = fields.get("period_end")
    return Finding(
        **{
            **fields,
            "severity": Severity(fields["severity"]),
            "period_end": date.fromisoformat(end) if end else None,
        }
    )
