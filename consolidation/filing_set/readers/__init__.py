"""From files to raw tables of text: where a set lies, which file is which table, and how each format is read."""
