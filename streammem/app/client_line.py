"""The line to a live memory: HTTP requests with the token, errors raised as the library's own, news."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect as open_socket

from streammem.app.records import Record
from streammem.app.refusals import ForbiddenError, TokenError, TooManyError, UnknownError, error_named
from streammem.errors import (
    ObservationError,
    SourceError,
    SourceNotFoundError,
    SourceStalledError,
    StreamMemError,
)

__all__ = ["Line", "picture_body"]

logger = logging.getLogger(__name__)

HERE = ("127.0.0.1", "localhost", "::1")
MESSAGE_BYTES = 2**22  # of one piece of news
SILENT_S = 20.0  # figures come each second: who says nothing for so long is gone
_BY_STATUS = {401: TokenError, 403: ForbiddenError, 404: UnknownError, 429: TooManyError}


class Line:
    """One server. Threads may share it.

    Args:
        url: address of the server, as it was printed or without `#token=…`.
        token: the secret; None takes it from the address.
        timeout_s: for one answer.
        certificate: PEM file of a certificate to trust, where the server made its own.
        retry_s: first and longest wait before the news are asked for again.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        timeout_s: float,
        certificate: Path | None,
        retry_s: tuple[float, float] = (0.5, 10.0),
    ) -> None:
        self.url, token = _parted(url, token)
        self._retry_s = retry_s
        self._headers = {"Authorization": f"Bearer {token}"}
        self._tls = ssl.create_default_context(cafile=certificate) if self.url.startswith("https") else None
        # What is on this computer is not asked through a proxy that the environment names.
        self._proxied = urlsplit(self.url).hostname not in HERE
        self._http = httpx.Client(
            base_url=self.url,
            headers=self._headers,
            timeout=timeout_s,
            verify=self._tls if self._tls is not None else True,
            trust_env=self._proxied,
        )
        self._ended = threading.Event()

    def close(self) -> None:
        """Hang up; who reads news reads no more."""
        self._ended.set()
        self._http.close()

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """The JSON that is answered; None for no content.

        Raises:
            StreamMemError: of the class that the server, or the memory, raised.
            SourceNotFoundError: if nobody is there.
            SourceStalledError: if no answer comes in time.
        """
        answer = self._answer(method, path, **request)
        return answer.json() if answer.content else None

    def bytes(self, path: str, **request: Any) -> bytes | None:
        """The bytes that are answered; None where there is nothing of that name or number."""
        try:
            return self._answer("GET", path, **request).content or None
        except UnknownError:
            return None

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.TimeoutException as error:
            raise SourceStalledError(f"{self.url} gave no answer in time: is it busy?") from error
        except httpx.TransportError as error:
            raise SourceNotFoundError(
                f"no live memory answers at {self.url} ({error}): {_remedy(error)}"
            ) from error
        if not answer.is_success:
            raise _error(answer.status_code, answer.content)
        return answer

    def news(self, kinds: Collection[str]) -> Iterator[Record]:
        """What happens, for ever; asks again where the connection is lost, each time with a "hello" first.

        Raises:
            ForbiddenError: if this server does not let us listen.
        """
        wait_s = self._retry_s[0]
        while not self._ended.is_set():
            try:
                for item in self._listen():
                    wait_s = self._retry_s[0]
                    if not kinds or item["type"] in kinds:
                        yield item
            except InvalidStatus as error:
                refusal = _error(error.response.status_code, bytes(error.response.body or b""))
                if isinstance(refusal, ForbiddenError):
                    raise refusal from None
            except (ConnectionClosed, InvalidHandshake, OSError) as error:  # a time-out is an OSError, too
                logger.info("the connection is lost (%s), next try in %g s", error, wait_s)
            if self._ended.wait(wait_s):
                return
            wait_s = min(2 * wait_s, self._retry_s[1])

    def _listen(self) -> Iterator[Record]:
        with open_socket(
            f"ws{self.url.removeprefix('http')}/api/live",
            ssl=self._tls,
            additional_headers=self._headers,
            compression=None,
            max_size=MESSAGE_BYTES,
            proxy=True if self._proxied else None,
            close_timeout=1,
        ) as socket:
            while not self._ended.is_set():
                message = socket.recv(timeout=SILENT_S)
                if isinstance(message, str):
                    yield json.loads(message)


def _parted(url: str, token: str | None) -> tuple[str, str]:
    """The server's address and its token."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{url!r} is no address of a live memory: write http://127.0.0.1:8750")
    if token is None:
        token = parse_qs(parts.fragment).get("token", [""])[0]
    if not token:
        raise TokenError("the token is missing: give the whole address that the server printed, or token=…")
    if not token.isascii() or not token.isprintable():
        raise TokenError("the token has letters that no token has: copy it anew from the printed address")
    return f"{parts.scheme}://{parts.netloc}", token


def _remedy(error: httpx.TransportError) -> str:
    """What to do where nobody answers as a live memory does."""
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return (
            "nobody that is trusted here signed its certificate: give its file, certificate=Path('cert.pem')"
        )
    if "WRONG_VERSION_NUMBER" in said:
        return "it has no certificate, so write http://"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "if it has a certificate, write https://"
    return "start one with `streammem live`"


def _error(status: int, body: bytes) -> StreamMemError:
    """The error that an answer tells of."""
    try:
        record = json.loads(body)
        text, kind = str(record["error"]), str(record["kind"])
    except (ValueError, KeyError, TypeError):
        said = body[:200].decode(errors="replace")
        return _BY_STATUS.get(status, StreamMemError)(f"the server answered {status}: {said or 'no more'}")
    return error_named(kind, text, tuple(record.get("nearest", ())))


def picture_body(picture: Any) -> tuple[bytes, Mapping[str, str]]:
    """Bytes to send for a picture, and their kind.

    Args:
        picture: RGB of shape (height, width, 3), the bytes of a JPEG, PNG or WebP, or a path of such a file.
    """
    if isinstance(picture, str | Path):
        try:
            picture = Path(picture).read_bytes()
        except OSError as error:
            raise SourceNotFoundError(f"cannot read {picture}: {error.strerror}") from error
    body = bytes(picture) if isinstance(picture, bytes | bytearray | memoryview) else _encoded(picture)
    kind = "image/png" if body[:4] == b"\x89PNG" else "image/webp" if body[:4] == b"RIFF" else "image/jpeg"
    return body, {"Content-Type": kind}


def _encoded(rgb: Any) -> bytes:
    import cv2
    import numpy as np

    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ObservationError(
            f"a picture is uint8 RGB of shape (height, width, 3), the bytes of a file or its path, got {type(rgb)}"
        )
    done, packed = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not done:
        raise ObservationError(f"a picture of shape {rgb.shape} cannot be sent as JPEG: make it smaller")
    return packed.tobytes()
