"""What to watch: flags, the industry scan, obligations and their dates; and the store that remembers them."""
