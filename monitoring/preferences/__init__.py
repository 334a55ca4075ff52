"""Who is told what by mail, as it was set on the page; the file of recipients says the rest (docs/deadlines.md)."""
