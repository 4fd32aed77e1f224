"""Who may ask: the token, the cookie that a browser gets for it, and where both are kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from streammem.app.exits import UsageError
from streammem.app.server.settings import LiveSettings

__all__ = ["Keys", "Scope", "header", "headers_named", "kept_token"]

Scope = MutableMapping[str, Any]
_PURPOSE = b"streammem: a browser's session"
_LEAST = 16  # characters of a token


class Keys:
    """The token of a server, and the cookie that stands for it in a browser.

    The cookie holds a value made from the token, not the token: who reads it off a disk cannot hand it on as an
    address. Two servers on one computer have two cookies, as browsers do not tell ports apart.
    """

    def __init__(self, token: str, *, port: int | None = None) -> None:
        self._token = token.encode()
        self._session = hmac.new(self._token, _PURPOSE, hashlib.sha256).hexdigest().encode()
        self.name = "streammem" if port is None else f"streammem-{port}"

    @classmethod
    def of(cls, settings: LiveSettings) -> Keys:
        """The keys of settings that have a token."""
        if settings.token is None:
            raise UsageError("token is missing: take it from kept_token")
        return cls(settings.token, port=settings.port)

    def accepts(self, token: str) -> bool:
        """Whether this is the token; the time it takes says nothing about it."""
        return hmac.compare_digest(token.encode(errors="replace"), self._token)

    def bears(self, scope: Scope) -> bool:
        """Whether the request has the token in its `Authorization: Bearer` header."""
        scheme, _, given = (header(scope, b"authorization") or "").partition(" ")
        return scheme.lower() == "bearer" and self.accepts(given.strip())

    def remembers(self, scope: Scope) -> bool:
        """Whether the request has the cookie."""
        given = [
            value.strip()
            for line in headers_named(scope, b"cookie")
            for name, _, value in (part.partition("=") for part in line.split(";"))
            if name.strip() == self.name
        ]
        # A page elsewhere on this host may have set a second cookie of that name: one right one is enough.
        return any(hmac.compare_digest(value.encode(errors="replace"), self._session) for value in given)

    def opens(self, scope: Scope) -> bool:
        """Whether the request may see what needs a token."""
        return self.bears(scope) or self.remembers(scope)

    def cookie(self, scope: Scope) -> str:
        """The `Set-Cookie` header for a browser that knew the token; `scope` is its request."""
        return f"{self.name}={self._session.decode()}; {self._flags(scope)}"

    def no_cookie(self, scope: Scope) -> str:
        """The `Set-Cookie` header that ends a browser's session."""
        return f"{self.name}=; Max-Age=0; {self._flags(scope)}"

    @staticmethod
    def _flags(scope: Scope) -> str:
        # Behind a proxy that speaks TLS only the origin tells.
        secure = scope.get("scheme") in ("https", "wss") or (header(scope, b"origin") or "").startswith(
            "https://"
        )
        return "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")


def headers_named(scope: Mapping[str, Any], name: bytes) -> list[str]:
    """Every header of this name (in small letters)."""
    found: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return [value.decode("latin-1") for key, value in found if key.lower() == name]


def header(scope: Mapping[str, Any], name: bytes) -> str | None:
    """The header of this name; None where there is none, or more than one."""
    found = headers_named(scope, name)
    return found[0] if len(found) == 1 else None


def kept_token(settings: LiveSettings) -> str:
    """The token: of the settings, else the one beside the store, made where there is none.

    It stays the same over restarts, so that a page that is open goes on. The file is for its owner alone.

    Raises:
        UsageError: if the file cannot be read or trusted.
    """
    if settings.token is not None:
        return settings.token
    if settings.store is None:
        return secrets.token_urlsafe(32)
    path = Path(f"{settings.store}.token")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _read(path) if path.exists() or path.is_symlink() else _made(path)
    except OSError as error:
        raise UsageError(
            f"cannot keep a token in {path} ({error.strerror}): set token in a --config file"
        ) from error


def _made(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    whole = path.with_name(f"{path.name}.{os.getpid()}")  # a token is there as a whole or not at all
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(f"{token}\n")
    try:
        path.hardlink_to(whole)
    finally:
        whole.unlink()
    return token


def _read(path: Path) -> str:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)) as file:
            facts = os.fstat(file.fileno())
            token = file.read(1024).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the token in {path} ({error}): remove the file, and a new one is made"
        ) from error
    if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.getuid():
        raise UsageError(f"others can read the token in {path}: remove the file, and a new one is made")
    if len(token) < _LEAST or not token.isascii() or not token.isprintable():
        raise UsageError(f"{path} holds no token: remove the file, and a new one is made")
    return token
