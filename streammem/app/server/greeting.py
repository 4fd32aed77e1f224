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
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.terminal import messages, visible
from streammem.app.times import clock

__all__ = ["begin", "farewell", "greet", "may_open", "show_page"]

_BESIDE = {"browser": "the camera of whoever opens the page", "api": "what programs send", "camera": "camera"}


def begin(settings: LiveSettings) -> None:
    """The first lines, before the memory is there: a new one takes some seconds."""
    _line("watching", "; ".join(_told(source) for source in settings.sources))
    _line("memory", f"{settings.store or 'in working memory only'}, opening …")
    for text in warnings_of(settings):
        messages().print(f"warning: {text}", style="yellow", soft_wrap=True)


def greet(settings: LiveSettings, port: int, opened: Mapping[str, Any]) -> None:
    """The lines once the page can be opened; the address stands alone in its line's end, so that a click opens it."""
    seen = {name: t_s for name, t_s in dict(opened.get("streams", {})).items() if t_s is not None}
    if seen:
        _line("resumed", ", ".join(f"{name} seen up to {clock(t_s)}" for name, t_s in seen.items()))
    assert settings.token is not None
    _line("open", address_of_page(settings, port, settings.token), style="bold")
    for place in _elsewhere(settings, port):
        _line("or", f"{place}/#token={settings.token}")
    _line("stop", "Ctrl-C: what was seen is kept, and the same command goes on")


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
    return [
        f"{settings.host} lets other computers in, and without --certificate what they send and see, the token too, can be "
        "read on the way; cameras of browsers work over https alone (docs/live.md)"
    ]


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
