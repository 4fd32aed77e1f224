"""A memory made by hand for pages and exports, and one real small store for the commands."""

import dataclasses
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from streammem.errors import VocabularyError
from streammem.stream import StreamMemory
from streammem.types import BoundingBox, Event, Evidence, Info, Interval, StreamInfo


class HandMade(StreamMemory):
    """What a reader sees, filled by hand: no encoder, no store."""

    def __init__(
        self,
        events: Sequence[Event] = (),
        seen: Sequence[Evidence] = (),
        words: dict[str, list[Evidence]] | None = None,
        jpegs: Sequence[bytes] = (),
        info: Info | None = None,
    ) -> None:
        self._events, self._seen, self._words, self._jpegs = list(events), list(seen), words or {}, jpegs
        self._info = info or facts(self._events, self._seen)
        self._store = None

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(stream.name for stream in self._info.streams)

    def timeline(self, *, stream=None, during=None) -> list[Event]:
        return self._events

    def exemplar(self, id: int) -> Evidence | None:
        return next((hit for hit in self._seen if hit.exemplar == id), None)

    def find(self, *, text=None, **_) -> list[Evidence]:
        if text not in self._words:
            raise VocabularyError(f"no {text}")
        return self._words[text]

    def jpeg(self, of: Evidence | Event) -> bytes | None:
        if isinstance(of, Event):
            of = next((hit for hit in self._seen if hit.exemplar in of.exemplars), None)
        return None if of is None or of.snapshot is None else self._jpegs[of.snapshot % len(self._jpegs)]

    def info(self) -> Info:
        return self._info

    def close(self) -> None:
        pass


def facts(events: Sequence[Event], seen: Sequence[Evidence]) -> Info:
    names = dict.fromkeys(event.stream for event in events)
    ends = {name: max(event.interval.end_s for event in events if event.stream == name) for name in names}
    return Info(
        path=Path("shelf/store<b>.zarr"),
        version="0.1.0",
        encoder="lite",
        spaces={"pixel": 384, "frame": 1280},
        streams=tuple(
            StreamInfo(name=name, frames=250, skipped=0, missed=3, first_s=0.0, last_s=end, gaps=0, gap_s=0.0)
            for name, end in ends.items()
        ),
        budget=64_000_000,
        nbytes=1_200_000,
        parts={"exemplars": 800_000, "snapshots": 390_000, "books": 10_000},
        disk_bytes=900_000,
        events=len(events),
        exemplars=len(seen),
        snapshots=len(seen),
        occurrences=sum(len(hit.occurrences) for hit in seen),
        objects=7,
        map=None,
        dropped={"exemplars": 0, "snapshots": 0},
        commits=2,
        held=None,
        history=[(float(t), 10_000 + 9_000 * t) for t in range(0, 100, 5)],
    )


def picture(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    rng = np.random.default_rng(seed)
    packed = io.BytesIO()
    small = Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8))
    small.resize(size, Image.Resampling.BICUBIC).save(packed, "JPEG")
    return packed.getvalue()


def make_memory(count: int = 4, streams: Sequence[str] = ("street",), every_s: float = 2.5) -> HandMade:
    """`count` events a stream, one exemplar each, the first one back in every third event."""
    events, seen = [], []
    for stream in streams:
        base = len(events)
        for i in range(count):
            span, id = Interval(i * every_s, (i + 1) * every_s - 0.04), base + i
            back = (
                tuple(Interval(k * every_s, k * every_s + 1) for k in range(0, count, 3))
                if i == 0
                else (span,)
            )
            seen.append(
                Evidence(
                    t_s=span.start_s,
                    score=1.0,
                    space="frame",
                    store="episodic",
                    exemplar=id,
                    frame=25 * i,
                    interval=span,
                    occurrences=back,
                    stream=stream,
                    event=id,
                    snapshot=id,
                )
            )
            events.append(
                Event(
                    id=id,
                    stream=stream,
                    interval=span,
                    exemplars=(id,),
                    surprise=0.1 * (i % 5),
                    open=i == count - 1,
                )
            )
    box = BoundingBox(0.1, 0.2, 0.6, 0.9)
    words = {
        "bicycle": [dataclasses.replace(seen[0], score=0.97, box=box)] if seen else [],
        "dog": [dataclasses.replace(seen[0], score=0.2)] if seen else [],
    }
    jpegs = [picture(seed) for seed in range(8)]
    return HandMade(events, seen, words, jpegs)


@pytest.fixture(scope="session")
def hand_made() -> Callable[..., HandMade]:
    return make_memory


@pytest.fixture(scope="session")
def street(bikes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the street clip, made once by the command itself."""
    from streammem.app.cli import run

    store = tmp_path_factory.mktemp("shelf") / "street.zarr"
    assert run(["watch", str(bikes), "--store", str(store), "--quiet", "--fps", "5"]) == 0
    return store


def moving_disc(folder: Path) -> Path:
    """Twelve pictures of a disc that moves over a still ground."""
    folder.mkdir()
    ground = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8), (9, 9), 3)
    for t in range(12):
        picture = ground.copy()
        cv2.circle(picture, (40 + 3 * t, 48), 18, (30, 40, 230), -1)
        cv2.imwrite(str(folder / f"{t:03d}.png"), picture)
    return folder


@pytest.fixture(scope="session")
def disc_clip() -> Callable[[Path], Path]:
    return moving_disc


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Twelve pictures of a disc that moves over a still ground."""
    return moving_disc(tmp_path / "clip")
