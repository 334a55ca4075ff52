"""Obligations and their dates: what each company and group owes, until when, and what became of it.

- ``catalogue``: the rulebook's obligations and the due dates that follow from them (pure);
- ``states``: the life of one obligation and the ladder of its reminders (pure);
- ``parties``: who owes, from the store and the user's settings;
- ``roll``: writes what is owed into the store, as far ahead as people plan;
- ``reminders``: the daily walk – states that change with the day, reminders that fall on it;
- ``register``: reads the obligations; submits, waives;
- ``events``: reports of events, notices of late disclosures;
- ``mistakes``: takes back the latest of all this;
- ``wording``, ``feed``: how obligations are said, and the iCalendar feed.

docs/deadlines.md tells the whole story.
"""
