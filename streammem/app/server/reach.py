"""Under which names the server answers: a fixed list, never what a request claims."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from streammem.app.server.settings import LiveSettings

__all__ = ["Reach", "is_loopback", "reach_of"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Reach:
    """The `Host` and `Origin` headers that are answered.

    A page elsewhere can point a name of its own at this computer (DNS rebinding), and its requests then carry that
    name. They are told by the name, so none is accepted that is not on the list; what a server that listens on all
    its addresses accepts besides is the very address that a connection came in on, which is no name.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    everywhere: bool = False  # listens on all addresses of the computer
    tls: bool = False

    def knows_host(self, host: str, server: tuple[str, int] | None = None) -> bool:
        """Whether a `Host` header names this server; `server` is the address that the connection came in on."""
        host = host.lower()
        return host in self.hosts or host in self._own(server)

    def knows_origin(self, origin: str, server: tuple[str, int] | None = None) -> bool:
        """Whether an `Origin` header is of this server's page."""
        scheme, mark, host = origin.lower().partition("://")
        if not mark:
            return False  # `null` among others
        return f"{scheme}://{host}" in self.origins or (
            scheme == ("https" if self.tls else "http") and host in self._own(server)
        )

    def _own(self, server: tuple[str, int] | None) -> tuple[str, ...]:
        if not self.everywhere or not server or server[1] is None:
            return ()
        return _authorities(_bracketed(server[0].partition("%")[0]), server[1], self._scheme)

    @property
    def _scheme(self) -> str:
        return "https" if self.tls else "http"


def reach_of(settings: LiveSettings, port: int) -> Reach:
    """What settings allow, for a server on this port."""
    scheme = "https" if settings.tls else "http"
    everywhere = _is_wildcard(settings.host)
    hosts: set[str] = set()
    origins: set[str] = set()
    names = [*_LOCAL, *([] if everywhere else [_bracketed(settings.host)]), *settings.names]
    for name in names:
        found = re.fullmatch(r"(?:(https?)://)?(\[[^\]]*\]|[^:\[\]]+)(?::([0-9]+))?", name.lower())
        if found is None:
            continue  # the settings were checked at birth; an unbracketed address is made one above
        own_scheme = found[1] or scheme
        # https://name is a proxy in front, at its own port; a bare name is this server at this port.
        own_port = int(found[3]) if found[3] else (_DEFAULT_PORTS[own_scheme] if found[1] else port)
        answers = _authorities(found[2], own_port, own_scheme)
        hosts.update(answers)
        origins.update(f"{own_scheme}://{each}" for each in answers)
    return Reach(frozenset(hosts), frozenset(origins), everywhere, settings.tls)


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach a server that listens on this address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    """An address as it stands in a URL: IPv6 in brackets; one of IPv4 inside IPv6 as IPv4."""
    try:
        address: Any = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped) if address.ipv4_mapped else f"[{address}]"


def _authorities(host: str, port: int, scheme: str) -> tuple[str, ...]:
    host = host.lower()
    return (f"{host}:{port}", host) if port == _DEFAULT_PORTS[scheme] else (f"{host}:{port}",)
