"""What every source keeps, whatever it reads."""

import contextlib
import gc
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from streammem.errors import SourceError
from streammem.interface import Source
from streammem.perception.sources import SourceOptions, open_source
from streammem.perception.sources.camera import CameraSource
from streammem.types import Observation

FINITE = ["pyav", "decord", "folder", "array", "iterable", "rgbd"]
LIVE = ["camera", "stream"]


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("source ")}


def handles() -> list[str]:
    """What this process has open."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("this system does not list what is open")
    paths = []
    for link in folder.iterdir():
        with contextlib.suppress(OSError):
            paths.append(str(link.readlink()))
    return paths


@pytest.fixture
def opens(
    request: pytest.FixtureRequest, tmp_path: Path, film, picture, frames_log, device, serve, broadcast: bytes
) -> Callable[..., Source]:
    """A function that opens one source of the wanted kind, of at least ten frames."""

    def file(**options: object) -> Source:
        path = film(tmp_path / "film.mp4", [n * 0.04 for n in range(30)], sound=True)
        return open_source(path, backend=request.param, **options)

    def folder(**options: object) -> Source:
        for n in range(12):
            cv2.imwrite(str(tmp_path / f"{n}.png"), picture(n))
        return open_source(tmp_path, **options)

    def array(**options: object) -> Source:
        return open_source(np.stack([picture(n) for n in range(12)]), frame_rate=25.0, **options)

    def iterable(**options: object) -> Source:
        return open_source([Observation(index=n, t_s=n / 25, rgb=picture(n)) for n in range(12)], **options)

    def rgbd(**options: object) -> Source:
        return open_source(frames_log(tmp_path / "log"), frame_rate=25.0, **options)

    def camera(**options: object) -> Source:
        return CameraSource(0, SourceOptions(reconnects=0, **options), opens=lambda _: device(10**6))

    def stream(**options: object) -> Source:
        def endless(connection: socket.socket) -> None:
            while not server.over.wait(0.05):  # each time its clock begins anew
                connection.sendall(broadcast)

        server = serve(endless)
        return open_source(f"tcp://127.0.0.1:{server.port}", reconnects=0, timeout_s=3.0, **options)

    kinds = {
        "pyav": file,
        "decord": file,
        "folder": folder,
        "array": array,
        "iterable": iterable,
        "rgbd": rgbd,
    }
    return (kinds | {"camera": camera, "stream": stream})[request.param]


@pytest.mark.parametrize("opens", FINITE + LIVE, indirect=True)
class TestSourceContract:
    def test_is_a_source(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            assert isinstance(source, Source)

    def test_time_and_index_rise(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            seen = list(itertools.islice(source, 8))
        assert all(isinstance(each, Observation) for each in seen)
        assert all(a.t_s < b.t_s and a.index < b.index for a, b in itertools.pairwise(seen))

    def test_leaving_early_ends_the_thread(self, opens: Callable[..., Source]) -> None:
        source = opens()
        for _ in source:
            break
        assert threads() == set()
        source.close()

    def test_closing_twice_is_fine_and_reading_afterwards_is_not(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            next(iter(source))
            source.close()
            source.close()
        with pytest.raises(SourceError, match="open it again"):
            next(iter(source))

    def test_a_source_that_was_never_read_closes(self, opens: Callable[..., Source]) -> None:
        opens().close()
        assert threads() == set()

    def test_nothing_stays_open(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            next(iter(source))
        gc.collect()
        assert [path for path in handles() if "film" in path or path.endswith(".png")] == []

    def test_stream_has_the_given_name(self, opens: Callable[..., Source]) -> None:
        with opens(stream="porch") as source:
            assert next(iter(source)).stream == "porch"

    def test_size_is_the_long_side(self, opens: Callable[..., Source]) -> None:
        with opens(size=32) as source:
            assert next(iter(source)).rgb.shape == (24, 32, 3)

    def test_rate_is_at_most_the_wanted_one(self, opens: Callable[..., Source]) -> None:
        with opens(fps=5.0) as source:
            first, second = itertools.islice(source, 2)
        assert second.t_s - first.t_s > 0.1
        assert (first.index, second.index) == (0, 1) or source.live or "iterable" in source.name

    def test_start_is_a_time(self, opens: Callable[..., Source]) -> None:
        with opens(start_s=0.3) as source:
            first = next(iter(source))
        assert 0.3 <= first.t_s < 0.34 or source.live


@pytest.mark.parametrize("opens", FINITE, indirect=True)
class TestFiniteSource:
    def test_ends_and_knows_its_length(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            seen = list(source)
            assert not source.live
            if "iterable" not in source.name:
                assert source.duration_s is not None and seen[-1].t_s <= source.duration_s
                assert source.fps == pytest.approx(25, rel=0.05)

    def test_two_passes_are_the_same(self, opens: Callable[..., Source]) -> None:
        with opens() as source:
            one, two = list(source), list(source)
        assert [a.t_s for a in one] == [b.t_s for b in two]
        assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(one, two, strict=True))

    def test_stop_is_left_out(self, opens: Callable[..., Source]) -> None:
        with opens(stop_s=0.2) as source:
            assert [round(each.t_s, 3) for each in source] == [0.0, 0.04, 0.08, 0.12, 0.16]


@pytest.mark.parametrize("opens", LIVE, indirect=True)
def test_live_sources_say_so(opens: Callable[..., Source]) -> None:
    with opens() as source:
        assert source.live and source.duration_s is None and source.fps


def test_an_abandoned_iterator_ends_its_thread(tmp_path: Path, film) -> None:
    def first(source: Iterator[Observation]) -> float:
        return next(iter(source)).t_s

    assert first(open_source(film(tmp_path / "film.mp4", [0.0, 0.1, 0.2]))) == 0.0
    assert threads() == set()
