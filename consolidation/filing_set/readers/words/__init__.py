"""The words of filers and of the regulation: headings read as the columns that they name, cells as codes."""
