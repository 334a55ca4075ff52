"""What a set that waits will do once it counts, shown before anybody files or approves it."""
