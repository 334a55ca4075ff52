"""Whether the store is what it was: its chain of hashes walked and everything it covers digested anew."""
