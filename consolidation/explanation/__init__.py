"""Why a line is what it is: the walk down to cells, rules and positions (``tree``) and its words (``words``)."""
