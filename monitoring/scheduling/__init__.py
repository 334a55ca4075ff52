"""The right to work (a lease in the database) and what each job last did."""
