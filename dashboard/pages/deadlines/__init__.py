"""The parts of the page Deadlines: the list, the calendar, who is late, and the feed for a calendar program."""
