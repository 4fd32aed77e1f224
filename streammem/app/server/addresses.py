"""Where pictures come from: what an address is, and how it may be shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

__all__ = ["NETWORK", "SourceKind", "kind_of", "scrubbed", "shown", "stream_name"]

SourceKind = Literal["camera", "network", "file", "folder", "browser", "api"]
# The streams that can be opened; none of them runs a program or reads a file of this computer.
NETWORK = ("http", "https", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "tcp", "udp")
_DEVICE = re.compile("[0-9]+|/dev/video[0-9]+")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"<>]+")
# Some cameras want the password in the path: rtsp://door/user=admin_password=secret_channel=1
_SECRET = re.compile(
    r"((?:user|usr|login|pass|pwd|psw|token|secret|auth|key|sig)[a-z]*)=[^&;,_/?#]*", re.IGNORECASE
)
_NAME_BYTES = 64  # what a store keeps of a stream's name


def kind_of(address: str) -> SourceKind:
    """What an address is.

    >>> kind_of("0"), kind_of("rtsp://door/live"), kind_of("browser"), kind_of("api")
    ('camera', 'network', 'browser', 'api')
    """
    if address == "browser":
        return "browser"
    if address == "api":
        return "api"
    if _DEVICE.fullmatch(address):
        return "camera"
    if "://" in address:
        return "network"
    return "folder" if Path(address).expanduser().is_dir() else "file"


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


def stream_name(address: str) -> str:
    """What a source's stream is called where nobody says: a file's name without its ending, a host, camera-0.

    >>> stream_name("clips/kitchen.mp4"), stream_name("0"), stream_name("rtsp://me:secret@door:554/live")
    ('kitchen', 'camera-0', 'door-554-live')
    """
    kind = kind_of(address)
    if kind == "camera":
        return f"camera-{address.removeprefix('/dev/video')}"
    if kind == "network":
        name = re.sub(r"[^\w.]+", "-", shown(address).split("://", 1)[1]).strip("-.")
    else:
        path = Path(address).expanduser()
        name = (path.name if kind == "folder" else path.stem) or path.resolve().name
        name = re.sub(r"[^\w. -]+", "-", name).strip("-. ")
    return name.encode()[:_NAME_BYTES].decode(errors="ignore").strip() or "main"
