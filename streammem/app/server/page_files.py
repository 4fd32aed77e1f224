"""The page's own files, read once when the server starts: no path of a request reaches the disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from streammem.app.refusals import UnknownError
from streammem.errors import StreamMemError

__all__ = ["PageFile", "page_router", "read_page"]

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Kept by the browser, but asked for each time: after an upgrade no old module meets a new one.
_CACHE = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the page; `etag` changes with its content."""

    content: bytes
    kind: str
    etag: str


def read_page(folder: Traversable | None = None) -> dict[str, PageFile]:
    """The files of a folder (the package's page if none is given) by name; what is no part of a page is left out."""
    place = folder if folder is not None else resources.files("streammem.app") / "page"
    files = {}
    if not place.is_dir():
        return {}
    for entry in place.iterdir():
        kind = KINDS.get(entry.name[entry.name.rfind(".") :])
        if kind is not None and entry.is_file():
            content = entry.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            files[entry.name] = PageFile(content=content, kind=kind, etag=etag)
    return files


def page_router(files: dict[str, PageFile]) -> APIRouter:
    """Routes for `/`, `/page/…` and the icon that browsers ask for unbidden."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.head("/")
    async def index(request: Request) -> Response:
        if "index.html" not in files:
            raise StreamMemError(
                "the page is not installed with this streammem: /api/openapi.json says what can be asked"
            )
        return _sent(files["index.html"], request)

    @router.get("/page/{name}")
    @router.head("/page/{name}")
    async def page(name: str, request: Request) -> Response:
        if name not in files:
            raise UnknownError("the page has no such file")
        return _sent(files[name], request)

    @router.get("/favicon.ico")
    async def icon(request: Request) -> Response:
        found = next((files[name] for name in ("icon.svg", "icon.png", "favicon.ico") if name in files), None)
        return Response(status_code=204) if found is None else _sent(found, request)

    return router


def _sent(file: PageFile, request: Request) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": _CACHE}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.kind, headers=headers)
