"""What a person gets to read: tables and sentences on a terminal, the same as JSON, and lists in files.

A module a subject: ``runs`` (findings and runs), ``explain``, ``flags``, ``scan``, ``deadlines`` (and alerts). ``files`` writes CSV and Excel.
"""
