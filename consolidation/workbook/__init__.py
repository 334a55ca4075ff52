"""Excel workbooks as files: looked at before anything opens them, and their written cells read as they are."""
