"""How far a report is: texts and checks of people, approval, what goes out, and what a later run changes."""
