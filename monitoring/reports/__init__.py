"""The reports that fall due, made from the store: parts by the law, what fills them, their life, and documents of them.

They stand in this room because both rooms above it need them: commands and the scheduler write them, pages show them.
"""
