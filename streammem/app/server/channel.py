"""One named stream: where its frames go, how it stands, what it counts."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from streammem.app.server.clocks import Clocks, StreamClock
from streammem.app.server.hub import Hub
from streammem.app.server.pictures import LatestPicture
from streammem.app.server.settings import SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.perception.addresses import scrubbed
from streammem.types import Observation

__all__ = ["Channel", "Slot", "Slots", "Standing", "Status"]

Status = Literal["stopped", "starting", "live", "lost", "ended", "failed"]
QUIET_S = 3.0  # without a frame, and a live stream no longer counts as live
QUIET_STEPS = 5.0  # or so many usual steps, where frames come slowly
RATE_S = 3.0  # over which frames a second are counted


@runtime_checkable
class Slot(Protocol):
    """Where a stream's newest frame waits for the memory (`slots.FrameSlot`)."""

    def put(self, observation: Observation, *, wait: bool = False) -> bool:
        """Hand a frame over; false where it took another one's place."""

    @property
    def dropped(self) -> int:
        """Frames that a newer one replaced."""

    @property
    def waiting(self) -> bool:
        """Whether a frame waits to be taken."""


@runtime_checkable
class Slots(Protocol):
    """Has a slot for each stream (`engine.Engine`)."""

    def slot(self, stream: str) -> Slot:
        """The slot of a stream, in any thread."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stream stands, and what to do about it."""

    status: Status
    message: str = ""


class Channel:
    """What every kind of stream shares. One thread at a time delivers; any thread may ask how it stands.

    Attributes:
        source: its settings.
        number: under which pictures carry it.
        standing: how it stands.
        live: whether its frames come as they are taken, so that it has a time of day; unknown of the web.
        frames: how many came so far.
        lost: frames that its source dropped before they came here.
        gaps: how often it fell silent.
        t_s: time of the newest frame, or of the last one that the memory has.
        known: whether it is known what the memory has of it; until then frames are shown, and no more.
    """

    def __init__(
        self,
        source: SourceSettings,
        number: int,
        *,
        engine: Slots,
        hub: Hub,
        sidecar: Sidecar,
        changed: Callable[[], None],
        clocks: Clocks,
        seen_s: float | None = None,
        known: bool = True,
    ) -> None:
        self.source, self.number, self.clocks = source, number, clocks
        self.standing = Standing("stopped")
        self.live = source.kind in ("camera", "network", "browser", "api")
        self.frames = self.lost = self.gaps = 0
        self.t_s, self.known = seen_s, known
        self._engine, self._hub, self._sidecar, self._changed = engine, hub, sidecar, changed
        self._slot: Slot | None = None
        self._seq = -1
        self._first_seq: int | None = 0  # of the source that is open; None before its first frame
        self._gap_s = 0.0  # of the frame that was handed over last
        self._size: tuple[int, int] | None = None
        self._arrivals: deque[float] = deque(maxlen=128)

    @property
    def name(self) -> str:
        """What the stream is called."""
        return self.source.name

    def stands(self, status: Status, message: str = "") -> None:
        """Say how the stream stands now, in any thread; passwords in the message are left out."""
        standing = Standing(status, scrubbed(message))
        if standing != self.standing:
            self.standing = standing
            self._changed()

    def clock(self) -> StreamClock:
        """A clock that goes on where the stream was last; its origin is made and kept the first time."""
        return StreamClock(self._origin(), self.t_s, clocks=self.clocks)

    def know(self, seen_s: float | None) -> None:
        """The memory is open and has this stream up to then: what comes from now on goes into it."""
        self.t_s = seen_s
        self.known = True

    def begin(self, *, live: bool) -> None:
        """A source was opened, which numbers its frames anew."""
        self.live, self._first_seq = live, None

    def show(self, frame: Observation, *, captured_unix_s: float) -> None:
        """Count a frame and show it. Its index is the source's own, its time the stream's.

        Args:
            frame: what came.
            captured_unix_s: when it was taken, by the clock on the wall.
        """
        self._count(frame)
        self.t_s = frame.t_s
        self._show(frame, frame.t_s, captured_unix_s)

    def preview(self, frame: Observation) -> None:
        """Show a live frame that comes before the memory is open; its time is that of the wall, as far as it is known."""
        self._count(frame)
        now_s, origin_unix_s = self.clocks.wall(), self.origin_unix_s
        self._show(frame, 0.0 if origin_unix_s is None else now_s - origin_unix_s, now_s)
        self.stands("live")

    def deliver(self, frame: Observation, *, captured_unix_s: float) -> None:
        """Show a frame, then hand it to the memory; one that the memory did not take yet is dropped for it."""
        self.show(frame, captured_unix_s=captured_unix_s)
        slot, gap_s = self._in(), frame.gap_s
        if self._gap_s and slot.waiting:
            gap_s += self._gap_s  # the frame that says so is about to be dropped
        self._gap_s = gap_s
        slot.put(self._named(frame, gap_s))
        self.stands("live")

    def feed(self, frame: Observation, *, captured_unix_s: float, show: bool) -> None:
        """Hand a frame to the memory once that took the one before, and show it if wanted."""
        if show:
            self.show(frame, captured_unix_s=captured_unix_s)
        else:
            self._count(frame)
            self.t_s = frame.t_s
        self._in().put(self._named(frame, frame.gap_s), wait=True)
        self.stands("live")

    def forget(self) -> None:
        """Nothing of it is shown any more."""
        self._hub.forget(self.name)
        self._arrivals.clear()

    def state(self) -> dict[str, Any]:
        """How the stream stands, as the page is told."""
        standing = self._heard()
        return {
            "name": self.name,
            "number": self.number,
            "kind": self.source.kind,
            "status": standing.status,
            "message": standing.message,
            "live": self.live,
            "fps": self._fps(),
            "size": None if self._size is None else list(self._size),
            "t_s": self.t_s,
            "origin_unix_s": self.origin_unix_s if self.live else None,
            "dropped": {"capture": self.lost, "memory": 0 if self._slot is None else self._slot.dropped},
            "gaps": self.gaps,
            "pace": self.source.pace,
        }

    @property
    def origin_unix_s(self) -> float | None:
        """When the stream's time 0 was, Unix seconds; None where nothing came yet. Kept beside the store."""
        origin: float | None = self._sidecar.get(f"origin of {self.name}")
        return origin

    @origin_unix_s.setter
    def origin_unix_s(self, origin_unix_s: float) -> None:
        self._sidecar.put(f"origin of {self.name}", origin_unix_s)

    def _show(self, frame: Observation, t_s: float, captured_unix_s: float) -> None:
        self._hub.publish(
            LatestPicture(
                frame.rgb,
                stream=self.name,
                number=self.number,
                seq=self._seq,
                t_s=t_s,
                captured_unix_s=captured_unix_s,
            )
        )

    def _count(self, frame: Observation) -> None:
        if self._first_seq is None:
            self._first_seq = self._seq + 1 - frame.index
        seq = self._first_seq + frame.index
        self.lost += seq - self._seq - 1  # a source numbers all that it makes
        self._seq = seq
        self._size = (frame.rgb.shape[1], frame.rgb.shape[0])
        self.frames += 1
        self.gaps += frame.gap_s > 0
        self._arrivals.append(self.clocks.steady())

    def _named(self, frame: Observation, gap_s: float) -> Observation:
        return dataclasses.replace(frame, index=self._seq, stream=self.name, gap_s=gap_s)

    def _in(self) -> Slot:
        if self._slot is None:
            self._slot = self._engine.slot(self.name)
        return self._slot

    def _origin(self) -> float:
        known = self.origin_unix_s
        if known is None:
            # A store whose sidecar was lost goes on a second after what it has: when that was, nobody knows.
            known = self.clocks.wall() - (0.0 if self.t_s is None else self.t_s + 1.0)
            self.origin_unix_s = known
        return known

    def _heard(self) -> Standing:
        """As it stands, unless it should send and does not."""
        arrivals = tuple(self._arrivals)
        if self.standing.status != "live" or not arrivals or not self.live or self.source.kind == "api":
            return self.standing
        quiet_s = self.clocks.steady() - arrivals[-1]
        usual_s = (arrivals[-1] - arrivals[0]) / max(1, len(arrivals) - 1)
        if quiet_s < max(QUIET_S, QUIET_STEPS * usual_s):
            return self.standing
        return Standing("lost", f"nothing came for {quiet_s:.0f} s: waiting for it")

    def _fps(self) -> float:
        now_s = self.clocks.steady()
        recent = [at for at in tuple(self._arrivals) if now_s - at < RATE_S]
        if len(recent) < 2:
            return 0.0
        span_s = max(1.0, recent[-1] - recent[0])  # what was held back comes in a burst
        return round((len(recent) - 1) / span_s, 1)
