"""Pictures that are sent: read up to a limit, decoded beside the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from fastapi import Request
from jaxtyping import UInt8

from streammem.app.refusals import BusyError, TooLargeError
from streammem.app.server.images import decode_picture
from streammem.app.server.settings import Limits
from streammem.errors import ObservationError

__all__ = ["PICTURE_BODY", "Uploads"]

AT_ONCE = 2  # pictures decoded side by side: each may take a hundred megabytes
MOST_WAITING = 16  # pictures that wait for it, beyond which the next is refused

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The picture's bytes: JPEG, PNG or WebP.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}


class Uploads:
    """Decodes what is sent; bounded in bytes, in pixels, and in how much is decoded at once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="decode")
        self._waiting = 0

    async def picture(self, request: Request) -> UInt8[np.ndarray, "h w 3"]:
        """The picture that a request brings.

        Raises:
            TooLargeError: if it has too many bytes.
            BusyError: if too many pictures wait already.
            ObservationError: if it is no picture that may be decoded.
        """
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > self._limits.picture_bytes:
                raise TooLargeError(
                    f"the picture has more than {self._limits.picture_bytes:,} bytes: send a smaller one"
                )
        if not body:
            raise ObservationError("no picture came: send the bytes of a JPEG, PNG or WebP as the body")
        return await self.decode(bytes(body))

    async def decode(self, body: bytes) -> UInt8[np.ndarray, "h w 3"]:
        """RGB of an encoded picture.

        Raises:
            BusyError: if too many pictures wait already.
            ObservationError: if it is no picture that may be decoded.
        """
        if self._waiting >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} pictures wait to be decoded: wait, then send it again")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, decode_picture, body, self._limits)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
