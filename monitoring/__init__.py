"""What to watch: flags, the industry scan, obligations and their dates; and the store that remembers them."""

from pathlib import Path

from consolidation.words import add_words

add_words(Path(__file__).parent)
