"""The only place where the dashboard reads the store, and where access is enforced.

Every function takes a :class:`~dashboard.queries.session.UserSession`, which is the store as one signed-in person may see it, and
gives only what that person may see: by group, by company and by the time in which a company was a member. What is not
there and what is not theirs look the same (:class:`~dashboard.queries.session.NotVisible`). Pages never touch the store.
"""
