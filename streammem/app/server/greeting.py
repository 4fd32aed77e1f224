"""What `streammem live` says when it starts: what it watches, where it keeps, what to open, how to stop."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Mapping
from typing import Any

from streammem.app.server.listening import address_of_page
from streammem.app.server.reach import is_loopback
from streammem.app.server.scanned import show_pattern
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.terminal import messages, visible
from streammem.app.times import clock

__all__ = ["begin", "farewell", "greet", "may_open", "resumed", "show_page"]

_BESIDE = {"browser": "the camera of whoever opens the page", "api": "what programs send", "camera": "camera"}


def begin(settings: LiveSettings) -> None:
    """The first lines, before the memory is there: a new one takes some seconds."""
    _line("watching", "; ".join(_told(source) for source in settings.sources))
    _line("memory", f"{settings.store or 'in working memory only'}, opening …")
    for text in warnings_of(settings):
        messages().print(f"warning: {text}", style="yellow", soft_wrap=True)


def greet(settings: LiveSettings, port: int) -> None:
    """The lines once the page can be opened; the address stands alone in its line's end, so that a click opens it."""
    assert settings.token is not None
    _line("open", address_of_page(settings, port, settings.token), style="bold")
    places = _elsewhere(settings, port)
    for place in places:
        _line("or", f"{place}/#token={settings.token}")
    if not is_loopback(settings.host):
        whole = address_of_page(settings, port, settings.token)
        _scan(f"{_by_phone(places)}/#token={settings.token}" if places else whole)
    _line("stop", "Ctrl-C: what was seen is kept, and the same command goes on")


def resumed(opened: Mapping[str, Any]) -> None:
    """The last line of the beginning: the memory is open, and up to when it has seen which stream."""
    seen = {name: t_s for name, t_s in dict(opened.get("streams", {})).items() if t_s is not None}
    told = ", ".join(f"{name} seen up to {clock(t_s)}" for name, t_s in seen.items())
    _line("memory", f"open; {told}" if seen else "open")


def farewell(settings: LiveSettings) -> None:
    """The last line."""
    if settings.store is None:
        kept = "the memory is gone"
    else:
        kept = f"what was seen is in {settings.store}" if settings.store.exists() else "nothing was seen"
    messages().print(visible(f"Stopped; {kept}."), soft_wrap=True)


def warnings_of(settings: LiveSettings) -> list[str]:
    """What whoever starts it should know."""
    if is_loopback(settings.host) or settings.tls:
        return []
    found = [
        f"{settings.host} lets other computers in, and without --certificate what they send and see, the token too, can be "
        "read on the way (docs/live.md)"
    ]
    if lent := [source.name for source in settings.sources if source.kind == "browser"]:
        found.append(
            f"{', '.join(lent)}: a phone or another computer lends its camera to an https page alone: give --certificate "
            "and --key (docs/live.md says how they are made), or play a video file there"
        )
    return found


def may_open(*, wanted: bool, unwanted: bool) -> bool:
    """Whether to open the browser: when told so, or where a person at a display has started this by hand."""
    if wanted or unwanted:
        return wanted
    display = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    far = bool(os.environ.get("SSH_CONNECTION"))
    return display and not far and sys.stdin.isatty() and sys.stderr.isatty()


def show_page(address: str) -> None:
    """Open the page; beside everything else, as some browsers hold up who starts them."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True, name="open the page").start()


def _told(source: SourceSettings) -> str:
    if source.kind in ("browser", "api"):
        told = _BESIDE[source.kind]
    elif source.kind == "camera":
        told = f"camera {source.address.removeprefix('/dev/video')}"
    else:
        told = source.shown
        if source.kind in ("file", "folder") and source.pace == "fast":
            told += ", as fast as it goes"
    return f"{source.name} ({told})" + ("" if source.start else ", when told to")


def _elsewhere(settings: LiveSettings, port: int) -> list[str]:
    """How other computers reach a server that listens on all addresses."""
    scheme = "https" if settings.tls else "http"
    places = [
        name if "://" in name else f"{scheme}://{name if ':' in name else f'{name}:{port}'}"
        for name in settings.names
    ]
    if settings.host.strip("[]") in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        places += [f"{scheme}://{address}:{port}" for address in _own_address()]
    return places


def _by_phone(places: list[str]) -> str:
    """Of these the one that a phone reaches most likely: a proxy's name, else a number, which needs no name server."""
    proxied = [place for place in places if place.startswith("https://") and place.count(":") == 1]
    return proxied[0] if proxied else places[-1]


def _scan(address: str) -> None:
    """The address for a phone's camera, where the terminal can show it."""
    if show_pattern(address, messages(), margin=11):
        _line("scan", "with a phone in this network: the page opens there")


def _own_address() -> list[str]:
    """The address that this computer has in its network; nothing is sent to find it."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # an address that nobody has
            return [str(probe.getsockname()[0])]
    except OSError:
        return []


def _line(what: str, text: str, style: str = "") -> None:
    out = messages()
    out.print(f"{what:>9}  ", style="dim", end="", soft_wrap=True)
    out.print(visible(text), style=style, soft_wrap=True)
