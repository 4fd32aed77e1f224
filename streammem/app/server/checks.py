"""What is wrong with a request, told from its head alone; each check names the remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from streammem.app.server.keys import Scope, header, headers_named
from streammem.app.server.reach import Reach
from streammem.app.server.settings import Limits

__all__ = [
    "Refusal",
    "body_limit",
    "check_host",
    "check_origin",
    "check_path",
    "check_query",
    "check_type",
    "is_public",
    "too_large",
]

# What a browser needs before it has the cookie; nothing of the memory is in it.
_PUBLIC = frozenset({"/", "/healthz", "/favicon.ico"})
_PAGE = "/page/"
_SESSION = "/api/session"
_SAFE = frozenset({"GET", "HEAD"})
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE"})
_TOKENS = frozenset({"token", "access_token", "key", "auth"})
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
# A slash, a backslash or a zero that is written as %2F hides where a path leads.
_HIDDEN = re.compile(rb"%(?:2f|5c|00)", re.IGNORECASE)
_MOST_PATH = 2048


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that is not let through."""

    status: int
    kind: str
    text: str
    retry_s: float | None = None


def is_public(scope: Scope) -> bool:
    """Whether a request needs no token: the page's own files, whether the server is there, a token's exchange."""
    path = scope["path"]
    if scope["type"] != "http":
        return False
    if path == _SESSION:
        return bool(scope["method"] == "POST")
    return scope["method"] in _SAFE and (path in _PUBLIC or path.startswith(_PAGE))


def check_path(scope: Scope) -> Refusal | None:
    """Paths are plain: no way up, nothing hidden; no method that has no use here."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode(errors="replace")
    raw = raw.partition(b"?")[0]
    plain = unquote_to_bytes(raw)
    parts = plain.split(b"/")
    if (
        len(raw) > _MOST_PATH
        or not raw.startswith(b"/")
        or _HIDDEN.search(raw)
        or b"\\" in plain
        or any(letter < 0x20 or letter == 0x7F for letter in plain)
        or any(part in (b".", b"..") for part in parts)
        or b"" in parts[1:-1]
    ):
        return Refusal(
            404, "UnknownError", "there is nothing at this path: /api/openapi.json lists what there is"
        )
    if scope["type"] == "http" and scope["method"] not in _METHODS:
        return Refusal(405, "ObservationError", "use GET, HEAD, POST or DELETE")
    return None


def check_host(scope: Scope, reach: Reach) -> Refusal | None:
    """One `Host`, of those that the server answers to."""
    given = headers_named(scope, b"host")
    if len(given) == 1 and reach.knows_host(given[0], _server(scope)):
        return None
    said = "more than one name, or none" if len(given) != 1 else f"{given[0][:100]!r}"
    return Refusal(
        403,
        "ForbiddenError",
        f"this server does not answer to {said}: open the address that it printed, or add the name to `names` in its "
        "configuration (--name)",
    )


def check_query(scope: Scope) -> Refusal | None:
    """No token in an address: addresses end up in logs and histories."""
    try:
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return Refusal(
            400, "ObservationError", "the address asks too much: /api/openapi.json lists what can be asked"
        )
    if any(name.lower() in _TOKENS for name, _ in asked):
        return Refusal(
            400,
            "ForbiddenError",
            "a token does not belong into the query, where it is logged: browsers take #token=…, programs send "
            "`Authorization: Bearer …`",
        )
    return None


def check_origin(scope: Scope, reach: Reach, *, bears: bool) -> Refusal | None:
    """A request comes from this server's own page, or from a program that has the token itself.

    Browsers say where a request comes from whenever it could do something, and with every WebSocket; who says nothing
    is no browser, and must bear the token.
    """
    given = headers_named(scope, b"origin")
    if len(given) > 1 or any(not reach.knows_origin(origin, _server(scope)) for origin in given):
        return Refusal(
            403,
            "ForbiddenError",
            f"a page at {', '.join(given)[:100]!r} may not ask this server: open the address that it printed, or add "
            "the name to `names` in its configuration (--name)",
        )
    acts = scope["type"] == "websocket" or scope["method"] not in _SAFE
    if acts and not given and not bears:
        return Refusal(
            403,
            "ForbiddenError",
            "this request does not say where it comes from: a program sends the token as `Authorization: Bearer …`",
        )
    return _check_site(scope)


def _check_site(scope: Scope) -> Refusal | None:
    site = header(scope, b"sec-fetch-site")
    if site in ("same-origin", "none") or not headers_named(scope, b"sec-fetch-site"):
        return None
    follows_link = (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"] == "/"
        and header(scope, b"sec-fetch-mode") == "navigate"
        and header(scope, b"sec-fetch-dest") == "document"
    )
    if follows_link:
        return None
    return Refusal(
        403, "ForbiddenError", "a page elsewhere may not ask this server: open the address that it printed"
    )


def check_type(scope: Scope, limits: Limits) -> Refusal | None:
    """What is sent is JSON or a picture, and not more of it than there may be."""
    lengths = headers_named(scope, b"content-length")
    chunked = bool(headers_named(scope, b"transfer-encoding"))
    if scope["method"] in _SAFE or (not chunked and lengths in ([], ["0"])):
        return None
    kinds = [kind.partition(";")[0].strip().lower() for kind in headers_named(scope, b"content-type")]
    if len(kinds) != 1 or (kinds[0] != "application/json" and kinds[0] not in _PICTURES):
        return Refusal(
            415,
            "ObservationError",
            "send application/json, or a picture as image/jpeg, image/png or image/webp",
        )
    if headers_named(scope, b"content-encoding"):
        return Refusal(415, "ObservationError", "send the body as it is, without Content-Encoding")
    if lengths and (not lengths[0].isdecimal() or int(lengths[0][:20]) > body_limit(scope, limits)):
        return too_large(scope, limits)
    return None


def body_limit(scope: Scope, limits: Limits) -> int:
    """Bytes that a request's body may have."""
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    return limits.picture_bytes if kind in _PICTURES else limits.json_bytes


def too_large(scope: Scope, limits: Limits) -> Refusal:
    """The answer to a body that is too large."""
    return Refusal(
        413, "TooLargeError", f"more than {body_limit(scope, limits):,} bytes are not taken: send less"
    )


def _server(scope: Scope) -> tuple[str, int] | None:
    server = scope.get("server")
    return None if not server else (str(server[0]), server[1])
