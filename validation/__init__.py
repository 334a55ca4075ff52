"""The engine held against what groups published: every difference, and what explains it.

``python -m validation FILINGS`` writes ``differences.md`` anew (``make validation``); a test holds the file to what the engine
computes today, so that a change of any difference is seen where it is made.
"""
