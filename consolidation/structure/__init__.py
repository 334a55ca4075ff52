"""Who is in which group when (Rule 19 A2, A3, A18, A85): membership and the ownership register."""
