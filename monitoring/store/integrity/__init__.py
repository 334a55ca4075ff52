"""What shows that somebody changed the store behind the program's back: digests, the chain of their hashes, its head on the disk."""
