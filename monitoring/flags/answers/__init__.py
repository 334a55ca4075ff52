"""What people do about a flag: answers, assignments, files beside it, measures ordered after it."""
