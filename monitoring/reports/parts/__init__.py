"""What fills the parts of a report: one module a subject, each function from the data to the blocks of one part."""
