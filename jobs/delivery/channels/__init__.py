"""Channels: a message to its address, by mail, by a chat robot, to a web hook or into a folder.

Addresses are Apprise's (``mailto://``, ``wecombot://``, ``dingtalk://``, ``feishu://``, ``json://``): Apprise knows how
they are written and what each service wants. What it leaves open is whether a message that failed may have arrived, and
whether a robot that answered "200" took it; so the last step, from the open connection to the answer, is made here and
ends in one of three answers: sent, refused, or lost. ``mark_in_flight`` is called when all is ready and nothing has left: what
happens after it may have arrived. No secret leaves this package: reasons are redacted, and nothing is raised that holds
one.

What a channel takes – bytes in a message, messages in a minute – is known of each robot; an address may say it of a far side of
the installation's own: ``json://…?most_bytes=2048&most_a_minute=20``.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from consolidation.sentence import FaultInWords, in_words
from jobs.delivery.channels.folder import Folder
from jobs.delivery.channels.mail import Mail
from jobs.delivery.channels.outgoing_message import Channel, MarkInFlight, OutgoingMessage
from jobs.delivery.channels.web import BY_SCHEME
from jobs.delivery.credentials import Secrets
from jobs.delivery.recipients import Recipient

__all__ = ["Channel", "MarkInFlight", "OutgoingMessage", "UnusableAddress", "open_channel"]

_MAIL = ("mailto", "mailtos")
_LIMIT = re.compile(r"(most_bytes|most_a_minute)=([1-9][0-9]{0,8})")
_ROOM_FOR_JSON = 160
"""Bytes: the names, key and marks around a text in what is posted to a hook."""
_LEAST_BYTES = 256
_WRITES_ADDRESSES = ("apprise", "urllib3.connectionpool")
"""Loggers that write addresses with their secrets when somebody asks for much detail."""


class UnusableAddress(FaultInWords):
    """The address of a channel is not one; the sentence does not repeat it."""


def open_channel(address: str, person: Recipient, secrets: Secrets) -> Channel:
    """The channel at an address.

    :raises SecretFault: if a secret is not set.
    :raises UnusableAddress: if Apprise cannot make anything of the address.
    """
    address, limits = _limits(address)
    channel = _at(address, person, secrets)
    if most := limits.get("most_bytes"):
        channel.most_bytes = max(min(channel.most_bytes, most - _ROOM_FOR_JSON), _LEAST_BYTES)
    if most := limits.get("most_a_minute"):
        channel.most_a_minute = most
    return channel


def _limits(address: str) -> tuple[str, dict[str, int]]:
    """The address without what it says of limits, and the limits."""
    bare, mark, query = address.partition("?")
    words = query.split("&") if mark else []
    found = {word: _LIMIT.fullmatch(word) for word in words}
    rest = "&".join(word for word, limit in found.items() if not limit)
    limits = {limit[1]: int(limit[2]) for limit in found.values() if limit}
    return f"{bare}?{rest}" if rest else bare, limits


def _at(address: str, person: Recipient, secrets: Secrets) -> Channel:
    scheme, _, rest = address.partition("://")
    if scheme == "file":
        return Folder(Path(rest).expanduser(), person.name)
    filled = secrets.fill(address)
    if scheme in _MAIL:
        filled += f"{'&' if '?' in filled else '?'}to={quote(person.mail or '', safe='@')}"
        return Mail(_plugin(filled), person, secrets)
    return BY_SCHEME[scheme](_plugin(filled), secrets)


def _plugin(filled: str) -> Any:
    for name in _WRITES_ADDRESSES:
        logging.getLogger(name).disabled = True
    from apprise import Apprise

    try:
        plugin = Apprise.instantiate(filled, suppress_exceptions=True)
    except Exception:  # whatever it says may hold the address, and that a secret
        plugin = None
    if plugin is None:
        raise UnusableAddress(in_words("recipients.check.address")) from None
    return plugin
