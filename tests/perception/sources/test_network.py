"""Streams over the loopback: silence, disappearance, return."""

import io
import itertools
import socket
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import pytest

from streammem.errors import SourceNotFoundError, SourceStalledError, UnsupportedSourceError
from streammem.perception.sources import open_source
from streammem.perception.sources.live import LiveClock, delays
from streammem.perception.sources.network import PROTOCOLS, connection_options, scheme_of
from streammem.types import Observation


def test_silence_is_a_stall_not_a_hang(serve) -> None:
    server = serve(lambda _: server.over.wait(20))
    began = time.monotonic()
    with pytest.raises(SourceStalledError, match=r"nothing for 0\.3 s"):
        open_source(f"tcp://127.0.0.1:{server.port}", timeout_s=0.3)
    assert time.monotonic() - began < 3


def test_stream_that_falls_silent_is_a_stall_after_the_attempts(serve, broadcast: bytes) -> None:
    def send_and_stop(connection: socket.socket) -> None:
        connection.sendall(broadcast)
        server.over.wait(20)

    server = serve(send_and_stop)
    url = f"tcp://127.0.0.1:{server.port}"
    with open_source(url, timeout_s=0.5, reconnects=2) as source:
        seen = iter(source)
        assert next(seen).t_s >= 0.0
        with pytest.raises(SourceStalledError, match="2 attempts"):
            for _ in seen:
                pass
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("source ")]


def test_stream_that_comes_back_goes_on_with_its_gap(serve, broadcast: bytes) -> None:
    def send(connection: socket.socket) -> None:
        connection.sendall(broadcast)

    def send_and_stay(connection: socket.socket) -> None:
        send(connection)
        server.over.wait(20)

    server = serve(send, send_and_stay)
    url = f"tcp://127.0.0.1:{server.port}"
    seen: list[Observation] = []
    with open_source(url, timeout_s=1.0, reconnects=1) as source, pytest.raises(SourceStalledError):
        for each in source:
            seen.append(each)
    gaps = [each for each in seen if each.gap_s > 0]
    assert len(gaps) == 1
    before = max(each.t_s for each in seen if each.t_s < gaps[0].t_s)
    assert gaps[0].t_s > before
    assert all(a.t_s < b.t_s and a.index < b.index for a, b in itertools.pairwise(seen))
    assert source.dropped == seen[-1].index + 1 - len(seen)


def test_slow_taker_gets_the_latest_and_the_rest_is_counted(serve, broadcast: bytes) -> None:
    def send_and_stay(connection: socket.socket) -> None:
        connection.sendall(broadcast)
        server.over.wait(20)

    server = serve(send_and_stay)
    with open_source(f"tcp://127.0.0.1:{server.port}", timeout_s=1.0, reconnects=0) as source:
        seen = iter(source)
        first = next(seen)
        waited = threading.Event()
        for _ in range(100):
            if source.dropped >= 40:
                break
            waited.wait(0.02)
        second = next(seen)
        assert first.index < 40 <= second.index - 1 <= source.dropped
        assert second.audio is not None and second.audio.duration_s > 1.0  # the sound of the dropped ones


def test_frames_without_a_clock_are_at_the_time_they_came(serve) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mpjpeg") as container:  # what simple web cameras send
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for _ in range(30):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuvj420p")))
        container.mux(stream.encode(None))

    def send_and_stay(connection: socket.socket) -> None:
        connection.sendall(out.getvalue())
        server.over.wait(20)

    server = serve(send_and_stay)
    seen = []
    url = f"tcp://127.0.0.1:{server.port}"
    with open_source(url, timeout_s=0.5, reconnects=0) as source, pytest.raises(SourceStalledError):
        for each in source:
            seen.append(each.t_s)
    assert seen and seen[-1] < 10  # at FFmpeg's invented rate these would be 30 frames of 1 s or of 0.04 s


def test_nobody_there_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(SourceNotFoundError, match="cannot be reached"):
        open_source(f"http://127.0.0.1:{port}/film.ts", timeout_s=1.0)


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_film_on_a_web_server_is_no_live_stream(site: str, tmp_path: Path, film, uneven) -> None:
    written = uneven(40)
    film(tmp_path / "film.mp4", written, sound=True, faststart=True)
    with open_source(f"{site}/film.mp4") as source:
        assert not source.live and source.duration_s == pytest.approx(written[-1], abs=0.5)
        seen = list(source)
    assert [each.t_s for each in seen] == pytest.approx(written)
    assert sum(each.audio is not None for each in seen) > 30


def test_seek_on_a_web_server_is_by_time(site: str, tmp_path: Path, film) -> None:
    film(tmp_path / "film.mkv", [n * 0.04 for n in range(60)])
    with open_source(f"{site}/film.mkv", start_s=1.01) as source:
        seen = list(source)
    assert [each.t_s for each in seen] == pytest.approx([n * 0.04 for n in range(26, 60)])


def test_missing_page_is_not_found(site: str) -> None:
    with pytest.raises(SourceNotFoundError, match="404|cannot be reached"):
        open_source(f"{site}/nowhere.mp4")


def test_page_without_pictures_is_refused(site: str, tmp_path: Path) -> None:
    (tmp_path / "page.mp4").write_text("<html>no film</html>" * 50)
    with pytest.raises(UnsupportedSourceError, match="no video"):
        open_source(f"{site}/page.mp4")


def test_playlist_on_a_server_opens_no_file_of_ours(site: str, tmp_path: Path, film) -> None:
    film(tmp_path / "secret.ts", [0.0, 0.1, 0.2])
    (tmp_path / "list.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{tmp_path}/secret.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises((UnsupportedSourceError, SourceNotFoundError)):
        open_source(f"{site}/list.m3u8", timeout_s=1.0)


def test_cameras_are_asked_over_tcp_and_lead_nowhere_else() -> None:
    options = connection_options("RTSP://cam:554/1", 5.0)
    assert options["rtsp_flags"] == "prefer_tcp"
    assert all("file" not in allowed.split(",") for allowed in PROTOCOLS.values())


def test_rtsp_that_says_nothing_is_a_stall(serve) -> None:
    server = serve(lambda _: server.over.wait(20))
    with pytest.raises(SourceStalledError):
        open_source(f"rtsp://127.0.0.1:{server.port}/cam", timeout_s=0.3)


@pytest.mark.parametrize("address", ["ftp://x/y.mp4", "file:///etc/passwd", "concat://a|b"])
def test_other_schemes_are_refused(address: str) -> None:
    with pytest.raises(UnsupportedSourceError, match="use http"):
        open_source(address)


def test_passwords_stay_out_of_messages() -> None:
    assert scheme_of("C:/film.mp4") is None
    password = str(hash("se" + "cret"))
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(SourceNotFoundError) as caught:
        open_source(f"http://me:{password}@127.0.0.1:{port}/a", timeout_s=1.0)
    assert password not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(SourceNotFoundError):
        open_source("http://[oops/a", timeout_s=1.0)


def test_clock_goes_on_over_an_interruption() -> None:
    now = iter([100.0, 100.1, 107.0, 107.1])
    clock = LiveClock(5.0, now=lambda: next(now))
    assert [clock.stamp(50.0), clock.stamp(50.04)] == pytest.approx([5.0, 5.04])
    clock.lost()
    assert clock.stamp(3.0) == pytest.approx(12.0)
    assert clock.take_gap() == pytest.approx(6.96)
    assert clock.take_gap() == 0
    assert clock.stamp(3.04) == pytest.approx(12.04)


def test_sender_that_begins_anew_does_not_turn_time_back() -> None:
    now = iter([0.0, 10.0])
    clock = LiveClock(None, now=lambda: next(now))
    assert clock.stamp(1000.0) == 0.0
    assert clock.stamp(0.0) == 10.0


def test_delays_double_up_to_a_limit() -> None:
    assert list(delays(8))[-3:] == [8.0, 10.0, 10.0]
    assert next(delays(None)) == 0.25
