"""The command line ``rule19``: ``main`` starts it, ``commands`` take what a person types, ``output`` is what they get to read."""
