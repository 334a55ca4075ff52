"""Companies and what they filed, as a person may see them."""
