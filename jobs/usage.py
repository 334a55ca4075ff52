"""What goes wrong by a user's doing, in one line: what, where, what was expected, what to do. Exit status 2.

It says its sentence as :class:`consolidation.sentence.FaultInWords` does, and is none: that module loads Polars, which takes most of a
second, and every command imports this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consolidation.sentence import Sentence


class UsageError(Exception):
    """Ends a command with its message on standard error; its text is the English one."""

    def __init__(self, said: Sentence | str) -> None:
        self._said = said
        super().__init__(said if isinstance(said, str) else said.message())

    @classmethod
    def says(cls, key: str, **places: object) -> UsageError:
        """What the table of words says under a key."""
        from consolidation.sentence import in_words

        return cls(in_words(key, **places))

    @classmethod
    def at(cls, place: str, problem: OSError) -> UsageError:
        """What the system says of a file or an address."""
        return cls(f"{place}: {problem.strerror or problem}")

    @classmethod
    def of(cls, fault: Exception) -> UsageError:
        """What another fault says, in both languages where it knows them."""
        return cls(getattr(fault, "sentence", str(fault)))

    @classmethod
    def nothing_changed(cls, fault: Exception) -> UsageError:
        """The same of a run that leaves everything as it was."""
        from consolidation.sentence import Phrase, Sentence

        return cls(Sentence((*cls.of(fault).sentence.parts, Phrase("fault.nothing-changed"))))

    @property
    def sentence(self) -> Sentence:
        """What it says, in whatever language the reader has."""
        from consolidation.sentence import Sentence

        return Sentence((self._said,)) if isinstance(self._said, str) else self._said

    def message(self, language: str) -> str:
        """The sentence in a language."""
        return self._said if isinstance(self._said, str) else self._said.message(language)
