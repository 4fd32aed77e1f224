"""Where pictures come from: what an address is, and what its stream is called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from streammem.perception.addresses import shown

__all__ = ["NETWORK", "SourceKind", "kind_of", "stream_name"]

SourceKind = Literal["camera", "network", "file", "folder", "browser", "api"]
# The streams that can be opened; none of them runs a program or reads a file of this computer.
NETWORK = ("http", "https", "rtmp", "rtmps", "rtp", "rtsp", "rtsps", "srt", "tcp", "udp")
_DEVICE = re.compile("[0-9]+|/dev/video[0-9]+")
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
