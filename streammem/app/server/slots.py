"""One stream's newest frame, on its way to the engine's process: shared memory, three buffers, the newest wins.

The memory is a file without a name that both processes map: the kernel frees it with the last of them, however they
end, so nothing can be left behind. There is no lock that a killed process could hold. Writer and reader are one each:
the writer goes round the three buffers and numbers them; the reader copies the newest and looks at its number again.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from streammem.types import Observation

__all__ = ["FrameReader", "FrameSlot"]

BUFFERS = 3
LOOK_S = 0.5
PAGE = 4096  # the table's bytes; pictures begin on whole pages
_ROW = np.dtype(
    [
        ("number", np.int64),  # of the frame in this buffer, 0 while it is written
        ("offset", np.int64),  # of its picture in the file
        ("room", np.int64),
        ("index", np.int64),
        ("captured_ns", np.int64),
        ("t_s", np.float64),
        ("gap_s", np.float64),
        ("height", np.int64),
        ("width", np.int64),
    ]
)
_HEAD = np.dtype([("newest", np.int64), ("taken", np.int64), ("count", np.int64), ("rows", _ROW, (BUFFERS,))])


class FrameSlot:
    """The server's end of one stream: `put` frames from any thread; only the picture travels, no depth, no sound.

    Args:
        stream: its name in the memory.
        ring: tells the engine that there is something to take; never waits.
    """

    def __init__(self, stream: str, ring: Callable[[], None]) -> None:
        self.stream = stream
        self.file = _unnamed_file()
        os.ftruncate(self.file, PAGE)
        self._ring, self._number, self._closed = ring, 0, False
        self._size = PAGE
        self._head: NDArray[np.void]
        self._lock = threading.Lock()  # writers
        self._free = threading.Condition()  # told when the engine took a frame
        self._map()

    def put(self, observation: Observation, *, wait: bool = False, captured_ns: int | None = None) -> bool:
        """Hand a frame over; false where the one before had not been taken yet and is dropped.

        Args:
            observation: a frame of this stream.
            wait: wait until the one before was taken, so that none is lost.
            captured_ns: when it was captured (`time.monotonic_ns`); now, unless told.

        Returns false as well once the slot is closed.
        """
        with self._lock:
            if wait:
                with self._free:
                    # Looked at now and then as well: who would tell may have died right after it took the frame.
                    while not self._free.wait_for(lambda: self._closed or self._is_free(), LOOK_S):
                        pass
            if self._closed:
                return False
            free = self._is_free()
            self._write(observation, time.monotonic_ns() if captured_ns is None else captured_ns)
        self._ring()
        return free

    @property
    def dropped(self) -> int:
        """Frames so far that a newer one replaced before they were taken."""
        head = self._head
        return self._number - int(head["count"]) - (not self._is_free())

    @property
    def waiting(self) -> bool:
        """Whether a frame waits to be taken."""
        return not self._is_free()

    def took(self) -> None:
        """The engine took a frame: who waits may go on."""
        with self._free:
            self._free.notify_all()

    def close(self) -> None:
        """No more frames are handed over; who waits goes on at once."""
        with self._free:
            self._closed = True
            self._free.notify_all()

    def release(self) -> None:
        """Close the file of a closed slot; its memory goes when the last process lets go of it."""
        with self._lock:
            if self.file >= 0:
                os.close(self.file)
                self.file = -1
                self._head = self._head.copy()  # what was counted stays
                del self._memory

    def _is_free(self) -> bool:
        return int(self._head["taken"]) >= self._number

    def _write(self, observation: Observation, captured_ns: int) -> None:
        at = (self._number + 1) % BUFFERS
        row, rgb = self._head["rows"][at], observation.rgb
        row["number"] = 0  # a reader that is slower than two frames finds out
        if int(row["room"]) < rgb.nbytes:
            self._enlarge(at, rgb.nbytes)
            row = self._head["rows"][at]
        start = int(row["offset"])
        room = np.frombuffer(self._memory, np.uint8, rgb.nbytes, start).reshape(rgb.shape)
        np.copyto(room, rgb)
        row["index"], row["t_s"], row["gap_s"] = observation.index, observation.t_s, observation.gap_s
        row["height"], row["width"] = rgb.shape[:2]
        row["captured_ns"] = captured_ns
        self._number += 1
        row["number"] = self._number
        self._head["newest"] = at

    def _enlarge(self, at: int, nbytes: int) -> None:
        """A larger place for one buffer, behind all others: twice what is needed, so this seldom happens."""
        known = int(self._head["rows"][at]["room"])
        room = -(-(nbytes if known == 0 else 2 * nbytes) // PAGE) * PAGE
        offset, self._size = self._size, self._size + room
        os.ftruncate(self.file, self._size)
        self._map()
        self._head["rows"][at]["offset"], self._head["rows"][at]["room"] = offset, room

    def _map(self) -> None:
        self._memory = mmap.mmap(self.file, self._size)
        self._head = np.frombuffer(self._memory, _HEAD, 1).reshape(())

    def __del__(self) -> None:
        if hasattr(self, "_lock"):
            self.release()


class FrameReader:
    """The engine's end of one stream."""

    def __init__(self, stream: str, file: int) -> None:
        self.stream, self.file = stream, file
        self._head: NDArray[np.void]
        self._map()

    @property
    def fresh(self) -> bool:
        """Whether there is a frame that was not taken yet."""
        return self._newest()[1] > int(self._head["taken"])

    @property
    def dropped(self) -> int:
        """Frames so far that a newer one replaced before they were taken."""
        return max(0, int(self._head["taken"]) - int(self._head["count"]))

    def take(self) -> tuple[Observation, int] | None:
        """The newest frame and when it was captured (`time.monotonic_ns`); None where there is no new one."""
        while True:
            at, number = self._newest()
            if number <= int(self._head["taken"]):
                return None
            row = self._head["rows"][at].copy()
            height, width, start = int(row["height"]), int(row["width"]), int(row["offset"])
            if start + 3 * height * width > len(self._memory):
                self._map()
                continue
            rgb = np.frombuffer(self._memory, np.uint8, 3 * height * width, start).copy()
            if int(self._head["rows"][at]["number"]) != number:
                continue  # overwritten while it was read
            self._head["taken"] = number
            self._head["count"] += 1
            observation = Observation(
                index=int(row["index"]),
                t_s=float(row["t_s"]),
                rgb=rgb.reshape(height, width, 3),
                stream=self.stream,
                gap_s=float(row["gap_s"]),
            )
            return observation, int(row["captured_ns"])

    def close(self) -> None:
        """Let go of the file."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
            self._head = self._head.copy()  # what was counted stays
            del self._memory

    def _newest(self) -> tuple[int, int]:
        at = int(self._head["newest"])
        return at, int(self._head["rows"][at]["number"])

    def _map(self) -> None:
        self._memory = mmap.mmap(self.file, os.fstat(self.file).st_size)
        self._head = np.frombuffer(self._memory, _HEAD, 1).reshape(())


def _unnamed_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("streammem", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:  # elsewhere than on Linux
        return os.dup(file.fileno())
