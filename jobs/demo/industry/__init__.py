"""The demo industry: a fictional insurance market, small enough to read and whole enough to run everything on.

``companies`` says who there is, ``solos`` and ``sectors`` what each company files, ``positions`` what they hold, ``accounts``
and ``intragroup`` what a group itself files, ``published`` the statements the groups publish, ``planted`` the faults
put in on purpose, ``writing`` the files. Every name comes from old legends; any likeness to a real company is chance.
"""
