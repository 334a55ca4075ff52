"""The parts of the page Group: one statement, why each figure is what it is, and the companies behind it."""
