"""A look at foreign bytes in a process of its own, before any reader of this process opens them.

``process`` asks, ``child`` answers; ``workbooks``, ``parquet_files`` and ``csv_files`` each read a file to its end the way the
readers will, within the ``limits``. The child imports nothing of the rest of the program and nothing heavy at its start.
"""
