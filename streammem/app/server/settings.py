"""What a live memory is told: sources, where it keeps, who may reach it, and how much of everything at most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from streammem.app.exits import UsageError
from streammem.app.server.addresses import NETWORK, SourceKind, kind_of
from streammem.perception.addresses import shown

__all__ = ["Limits", "LiveSettings", "Pace", "SourceSettings"]

Pace = Literal["real", "fast"]
_NAME = re.compile(r"[\w][\w. -]{0,63}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+-]{16,256}")
_HOST = re.compile(r"(https?://)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_LISTEN = re.compile(r"\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*|[A-Za-z0-9._-]+")
_LEAST_SILENCE_S = 10.0
_NAME_BYTES = 64  # what a store keeps of a stream's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that anybody may ask of the server; every one of them is above 0."""

    picture_bytes: int = 16_000_000  # a picture that is sent
    pixels: int = 2**24  # of a picture, before it is decoded
    json_bytes: int = 65_536  # a question or a rule
    message_bytes: int = 4_000_000  # over a WebSocket
    messages_per_s: float = 200.0  # over each WebSocket; more are taken more slowly
    sockets: int = 32  # WebSockets open at once
    connections: int = 128  # of any kind, open at once
    requests_per_s: float = 100.0  # of each client, with `burst` saved up: a timeline shows many pictures
    burst: int = 600
    sessions_per_minute: float = 60.0  # attempts to exchange the token, of each client
    header_s: float = 10.0  # until a request's head is there
    body_s: float = 30.0  # until its body is there
    answer_s: float = 30.0  # that a client may leave an answer unread
    silence_s: float = 60.0  # that the memory's process may give no sign of life; then it is started again

    def __post_init__(self) -> None:
        for each in fields(self):
            given = getattr(self, each.name)
            if not given > 0:
                raise UsageError(f"limits.{each.name} must be above 0, got {given:g}")
        if self.silence_s < _LEAST_SILENCE_S:
            raise UsageError(
                f"limits.silence_s must be at least {_LEAST_SILENCE_S:g}, got {self.silence_s:g}: "
                "a sign of life comes each second, and a busy memory takes longer"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One named stream, and where its pictures come from."""

    name: str
    # A camera's number, a network address, a file, a folder, `browser` or `api`.
    address: str = field(repr=False)
    pace: Pace = "real"  # of files: as they were filmed, or as fast as it goes
    start: bool = True  # open it at once, or when somebody asks

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name.encode()) > _NAME_BYTES:
            raise UsageError(
                f"a stream cannot be called {self.name!r}: use up to 64 letters, digits, dots, dashes and spaces"
            )
        if not self.address.strip():
            raise UsageError(
                f"stream {self.name} has no address: give a camera's number, an address or a file"
            )
        scheme, mark, _ = self.address.partition("://")
        if mark and scheme.lower() not in NETWORK:
            raise UsageError(
                f"stream {self.name}: {scheme}:// is no stream that can be opened; use {', '.join(NETWORK)}, a file, "
                "a camera's number, browser or api"
            )
        if self.pace not in ("real", "fast"):
            raise UsageError(f"stream {self.name}: pace is {self.pace!r}; write real or fast")

    @property
    def kind(self) -> SourceKind:
        """What the address is."""
        return kind_of(self.address)

    @property
    def shown(self) -> str:
        """The address without names and passwords; only this may be printed, logged or sent."""
        return shown(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """All that `streammem live` needs to know.

    Attributes:
        store: folder of the memory; None keeps it in working memory only.
        budget: bytes that the memory may take; None is what the store has, or 256 MB for a new one.
        encoder: what makes the features; None is what the store has, or the default.
        device: where deep features are computed.
        track: whether things can be followed in a new store.
        sources: the streams; their names differ.
        alerts: words to tell of when they are seen, besides the rules that the store has.
        webhooks: where alerts may be posted to, by name.
        host: address to listen on.
        port: port to listen on; 0 takes any that is free.
        names: further names under which browsers reach the page: a name, name:port, or https://name behind a proxy.
        token: what a browser or program must know; None makes one.
        certificate: PEM file of the server's certificate, for TLS.
        key: PEM file of its private key, where it is not in the same file.
        limits: the most that anybody may ask.
    """

    store: Path | None = None
    budget: str | int | None = None
    encoder: str | None = None
    device: str = "cpu"
    track: bool = True
    sources: tuple[SourceSettings, ...] = ()
    alerts: tuple[str, ...] = ()
    webhooks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    host: str = "127.0.0.1"
    port: int = 8750
    names: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    certificate: Path | None = None
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        _check_sources(self.sources)
        _check_reach(self)
        for name, url in self.webhooks.items():
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise UsageError(f"webhooks.{name} is {shown(url)}: write an http:// or https:// address")
        if any(not word.strip() for word in self.alerts):
            raise UsageError("alerts has an empty text: write what to tell of, for example bicycle")

    @property
    def tls(self) -> bool:
        """Whether the server itself speaks TLS."""
        return self.certificate is not None

    def source(self, name: str) -> SourceSettings | None:
        """The stream of this name."""
        return next((source for source in self.sources if source.name == name), None)


def _check_sources(sources: tuple[SourceSettings, ...]) -> None:
    seen = set()
    for source in sources:
        if source.name in seen:
            raise UsageError(
                f"two streams are called {source.name}: name them, as in {source.name}-2={source.shown}"
            )
        seen.add(source.name)


def _check_reach(settings: LiveSettings) -> None:
    if not _LISTEN.fullmatch(settings.host):
        raise UsageError(
            f"host is {settings.host!r}: write 127.0.0.1 for this computer alone, or 0.0.0.0 for everybody"
        )
    if not 0 <= settings.port <= 65_535:
        raise UsageError(f"port lies between 0 and 65535, got {settings.port}")
    for name in settings.names:
        if not _HOST.fullmatch(name):
            raise UsageError(f"names has {name!r}: write a host, host:port, or https://host behind a proxy")
    if settings.token is not None and not _TOKEN.fullmatch(settings.token):
        raise UsageError(
            "token must have 16 to 256 letters, digits or any of . _ ~ + -: leave it out, and one is made"
        )
    if settings.key is not None and settings.certificate is None:
        raise UsageError("key is given without certificate: give both PEM files, or neither")
