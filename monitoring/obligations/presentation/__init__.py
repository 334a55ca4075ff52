"""Present obligations to people: names and dates in Chinese and English, and the iCalendar feed."""
