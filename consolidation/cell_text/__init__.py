"""Text of cells: dates and numbers as people type them, and what no spreadsheet takes for a formula."""
