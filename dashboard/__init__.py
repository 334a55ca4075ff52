"""What people see: Streamlit pages that read the store and compute no capital."""

from pathlib import Path

from consolidation.words import add_words

add_words(Path(__file__).parent)
