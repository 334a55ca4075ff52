"""The scheduler: what is done without being asked, by one process that holds a lease in the database.

:class:`Service` is that process, ``work`` what it does and when, ``watched_folder`` the sets it consolidates as they arrive, ``health``
what ``rule19 status`` says of it.
"""

from jobs.scheduler.service import Service

__all__ = ["Service"]
