"""The port that the server listens on: the one asked for, or the next that is free."""

from __future__ import annotations

import errno
import socket
import ssl

from streammem.app.exits import UsageError
from streammem.app.server.reach import is_loopback
from streammem.app.server.settings import LiveSettings

__all__ = ["address_of_page", "check_certificate", "listen"]

TRIES = 20


def listen(settings: LiveSettings, *, exact: bool) -> socket.socket:
    """A socket that listens on the settings' host and port; on one of the next ports unless it must be `exact`.

    Raises:
        UsageError: if there is none; it says what to do.
    """
    ports = [settings.port] if exact or not settings.port else range(settings.port, settings.port + TRIES)
    for port in ports:
        try:
            return _bound(settings.host.strip("[]"), port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise UsageError(_why_not(error, settings.host, port)) from error
    last = f" to {ports[-1]}" if len(ports) > 1 else ""
    raise UsageError(
        f"port {settings.port}{last} is taken (another streammem live?): stop what listens there, or give another --port"
    )


def _bound(host: str, port: int) -> socket.socket:
    # Of a name's addresses the first; those of IPv4 go first, as localhost is more often written with them.
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = sorted(found, key=lambda each: each[0] != socket.AF_INET)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(address)
        made.listen(128)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _why_not(error: OSError, host: str, port: int) -> str:
    if isinstance(error, socket.gaierror):
        return f"{host} is no address of this computer ({error.strerror}): use 127.0.0.1, or 0.0.0.0 for all of them"
    if error.errno == errno.EACCES:
        return f"port {port} is kept for the system: use one from 1024 on, such as 8750"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this computer: use 127.0.0.1, or 0.0.0.0 for all of them"
    return f"cannot listen on {host} port {port} ({error.strerror}): give another --host or --port"


def check_certificate(settings: LiveSettings) -> None:
    """Raises: UsageError: if the certificate or its key cannot be used; before anything else begins."""
    if settings.certificate is None:
        return
    for path in filter(None, (settings.certificate, settings.key)):
        if not path.is_file():
            raise UsageError(f"there is no file {path}: check --certificate and --key")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.certificate, settings.key, password=""
        )
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            f"{settings.certificate} cannot be used ({error.strerror or error}): give PEM files of a certificate and "
            "its key, without a password"
        ) from error


def address_of_page(settings: LiveSettings, port: int, token: str) -> str:
    """What to open: with the token behind #, where it stays inside the browser."""
    scheme = "https" if settings.tls else "http"
    host = settings.host.strip("[]")
    if is_loopback(host) or host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = host if is_loopback(host) else "127.0.0.1"
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}:{port}/#token={token}"
