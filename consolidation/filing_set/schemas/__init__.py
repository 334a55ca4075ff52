"""The tables of a filing set, one schema each (``tables``), made of the kinds of column in ``columns``."""
