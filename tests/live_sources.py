"""Doubles for the streams of the live page: a memory's slots, clocks that jump instead of waiting, cameras."""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from streammem.app.server.clocks import Clocks
from streammem.app.server.hub import Hub
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.app.server.streams import Streams
from streammem.errors import SourceNotFoundError
from streammem.perception.sources import SourceOptions, StreamSource
from streammem.perception.sources.camera import CameraSource
from streammem.types import Observation

PATIENCE_S = 10.0  # for what takes milliseconds


class FakeSlot:
    """Takes every frame at once, unless it is told to hold them."""

    def __init__(self) -> None:
        self.taken: list[Observation] = []
        self.waited: list[bool] = []
        self.dropped, self.waiting = 0, False
        self.news = threading.Condition()

    def put(self, observation: Observation, *, wait: bool = False) -> bool:
        with self.news:
            self.taken.append(observation)
            self.waited.append(wait)
            self.news.notify_all()
        return True

    def wait_for(self, n: int) -> list[Observation]:
        """The frames, once there are `n`."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.taken) >= n, PATIENCE_S), f"{len(self.taken)} of {n}"
            return list(self.taken)


class FakeEngine:
    """Only has slots."""

    def __init__(self) -> None:
        self.slots: dict[str, FakeSlot] = {}

    def slot(self, stream: str) -> FakeSlot:
        return self.slots.setdefault(stream, FakeSlot())


class FakeTime:
    """A clock that stands still, but for those who wait: they are sent on at once, and the clock is moved."""

    def __init__(self, wall_s: float = 1_000_000.0) -> None:
        self.wall_s, self.steady_s = wall_s, 50.0
        self.waits: list[float] = []
        self.clocks = Clocks(wall=lambda: self.wall_s, steady=lambda: self.steady_s, pause=self._pause)

    def move(self, seconds: float) -> None:
        self.wall_s += seconds
        self.steady_s += seconds

    def _pause(self, stopping: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.move(seconds)
        time.sleep(0)  # let others go on
        return stopping.is_set()


class FakeDevice:
    """What OpenCV gives for a camera: so many pictures, then it is unplugged."""

    def __init__(self, pictures: int, before_read: Callable[[], None] = lambda: None) -> None:
        self.left, self.released, self._before_read = pictures, False, before_read

    def read(self) -> tuple[bool, np.ndarray | None]:
        self._before_read()
        if self.left == 0:
            return False, None
        self.left -= 1
        return True, picture(self.left)

    def get(self, _what: int) -> float:
        return 30.0

    def release(self) -> None:
        self.released = True


class Cameras:
    """Opens devices one after another; None in their row is a time when there is no camera, the last one stays."""

    def __init__(self, *devices: FakeDevice | None) -> None:
        self._devices = list(devices)
        self.opened = 0

    def __call__(self, address: str, _start_s: float | None) -> StreamSource:
        options = SourceOptions(reconnects=0, timeout_s=PATIENCE_S)
        return CameraSource(int(address), options, opens=self._open)

    def _open(self, index: int) -> FakeDevice:
        self.opened += 1
        device = self._devices.pop(0) if len(self._devices) > 1 else self._devices[0]
        if device is None:
            raise SourceNotFoundError(f"there is no camera {index}: plug it in")
        return device


class States:
    """Is told that something changed, and lets others wait for it."""

    def __init__(self) -> None:
        self.changes = threading.Condition()
        self.told = 0

    def __call__(self) -> None:
        with self.changes:
            self.told += 1
            self.changes.notify_all()

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds, looked at after each change."""
        with self.changes:
            assert self.changes.wait_for(holds, PATIENCE_S)


class Bench:
    """Streams with everything around them."""

    def __init__(self, *sources: SourceSettings, **options: object) -> None:
        self.engine, self.hub, self.changed = FakeEngine(), Hub(), States()
        self.sidecar = options.pop("sidecar", None) or Sidecar.open(None)
        self.history: list[tuple[str, str]] = []  # names and statuses, as they came
        settings = LiveSettings(sources=sources)
        self.streams = Streams(settings, self.engine, self.hub, self.sidecar, self._note, **options)

    def _note(self) -> None:
        self.history += [(state["name"], state["status"]) for state in self.streams.states()]
        self.changed()

    def wait_for_status(self, name: str, status: str) -> dict[str, object]:
        self.changed.wait_for(lambda: self.streams.state(name)["status"] == status)
        return self.streams.state(name)


def picture(value: int = 0, *, width: int = 64, height: int = 48) -> np.ndarray:
    """A grey picture."""
    return np.full((height, width, 3), value % 256, np.uint8)


def frames(times_s: Sequence[float]) -> list[Observation]:
    """Observations at these times."""
    return [Observation(index=n, t_s=t_s, rgb=picture(n)) for n, t_s in enumerate(times_s)]
