"""Obligations and their dates: what each company and group owes, until when, and what became of it.

- ``catalogue``: the rulebook's obligations and the due dates that follow from them (pure);
- ``states``: the states of one obligation and the schedule of its reminders (pure);
- ``parties``: who owes, from the store and the user's settings;
- ``generation``: generates obligations and writes them into the store, thirteen months ahead;
- ``reminders``: the daily update – states that change with the day, reminders that fall due on it;
- ``register``: reads the obligations; submits, waives;
- ``events``: reports of events, notices of late disclosures;
- ``losses``: compares a loss with the law's share of net assets (pure);
- ``reversals``: reverses the latest entry of an obligation;
- ``wording``, ``feed``: how obligations are said, and the iCalendar feed.

docs/deadlines.md describes the whole.
"""
