"""Group structure on a date (Rule 19 A2, A3, A18, A85): membership, by list or by ownership register, and its checks."""
