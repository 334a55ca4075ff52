"""From files of positions to chunks: the plan of tasks, the fast reader of plain rows, the careful one of all others."""
