"""What happens when: the command line and the work behind it.

``cli`` and ``commands`` take what a person types; ``listing`` is what they get to read. ``pipeline`` does a run from the set to the
store, ``scheduler`` does what is due without being asked, ``delivery`` tells people of it, ``demo`` makes up an industry to try all of
it on. What goes wrong by a user's doing is a :class:`jobs.usage.UsageError`; ``faults`` puts any fault into a sentence.
"""

from pathlib import Path

from consolidation.words import add_words

add_words(Path(__file__).parent)
