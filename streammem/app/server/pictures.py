"""The newest picture of a stream as it goes to browsers: JPEG behind a header, made once and only if wanted."""

from __future__ import annotations

import struct
import threading

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError
from streammem.perception.sources.size import fitted, shrunk

__all__ = ["HEADER", "LatestPicture"]

# Magic, number of the stream, flags, width, height, nothing, seq, t_s, captured_unix_s; little-endian.
HEADER = struct.Struct("<4sBBHHHIdd")
MAGIC = b"SMF1"
QUALITY = 80
MOST_SIDE = 1280  # of what is shown, pixels


class LatestPicture:
    """One frame of a stream. Any thread may ask for its JPEG; the first one makes it.

    Attributes:
        stream: name of the stream.
        seq: number of the frame; the same as in news of what was seen in it.
        t_s: its time on the stream's clock.
        captured_unix_s: when it was taken, on the clock on the wall.
    """

    def __init__(
        self,
        rgb: UInt8[np.ndarray, "h w 3"],
        *,
        stream: str,
        number: int,
        seq: int,
        t_s: float,
        captured_unix_s: float,
    ) -> None:
        self.stream, self.seq, self.t_s, self.captured_unix_s = stream, seq, t_s, captured_unix_s
        self._number = number
        self._rgb: UInt8[np.ndarray, "h w 3"] | None = rgb
        self._message: bytes | None = None
        self._lock = threading.Lock()

    @property
    def encoded(self) -> bool:
        """Whether the JPEG is there already."""
        return self._message is not None

    @property
    def message(self) -> bytes:
        """Header and JPEG. May take milliseconds the first time: ask for it off the event loop."""
        with self._lock:
            if self._message is None:
                assert self._rgb is not None
                self._message = self._encode(self._rgb)
                self._rgb = None
            return self._message

    @property
    def jpeg(self) -> bytes:
        """The JPEG alone; what is said of `message` holds."""
        return self.message[HEADER.size :]

    def _encode(self, rgb: UInt8[np.ndarray, "h w 3"]) -> bytes:
        bgr = cv2.cvtColor(shrunk(rgb, MOST_SIDE), cv2.COLOR_RGB2BGR)
        done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            raise ObservationError(f"a picture of shape {rgb.shape} cannot be written as JPEG")
        width, height = fitted(rgb.shape[1], rgb.shape[0], MOST_SIDE)
        header = HEADER.pack(
            MAGIC, self._number, 0, width, height, 0, self.seq & 0xFFFFFFFF, self.t_s, self.captured_unix_s
        )
        return header + jpeg.tobytes()
