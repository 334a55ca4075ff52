"""Alerts on their way to people: who hears of what, by which channel, in which words.

:class:`Sender` takes messages from the outbox; ``recipients`` says to whom, ``digest`` in which words, ``channels`` how, ``credentials``
with which secrets.
"""

from jobs.delivery.sender import Delivered, Sender, Unwritten

__all__ = ["Delivered", "Sender", "Unwritten"]
