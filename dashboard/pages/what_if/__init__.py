"""The parts of the page What if: what one may change, and what comes of it."""
