"""Addresses as they may be shown: without what lets somebody in."""

from __future__ import annotations

import re

__all__ = ["scrubbed", "shown"]

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"<>]+")
# Some cameras want the password in the path: rtsp://door/user=admin_password=secret_channel=1
_SECRET = re.compile(
    r"((?:user|usr|login|pass|pwd|psw|token|secret|auth|key|sig)[a-z]*)=[^&;,_/?#]*", re.IGNORECASE
)


def shown(address: str) -> str:
    """The address as it may stand on a screen, in a log or in an answer: without names and passwords.

    >>> shown("rtsp://me:secret@door:554/live?pwd=1"), shown("http://door/user=me_password=secret_channel=1")
    ('rtsp://door:554/live?…', 'http://door/user=…_password=…_channel=1')
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    place, asked, query = rest.partition("?")
    if asked and "@" in query:  # a password with a question mark in it
        place, asked = f"{place}?{query}".rpartition("@")[2].partition("?")[::2]
    place = place.rpartition("@")[2]  # a password may hold a slash; a path with an @ loses its beginning
    hidden = _SECRET.sub(r"\1=…", place.partition("#")[0])
    return f"{scheme}://{hidden}{'?…' if asked else ''}"


def scrubbed(text: str) -> str:
    """A text, such as another program's message, with every address in it as `shown` gives it.

    >>> scrubbed("cannot open 'rtsp://me:secret@door/live': refused")
    "cannot open 'rtsp://door/live': refused"
    """
    return _ADDRESS.sub(lambda found: shown(found[0]), text)
