"""RTSP, spoken by a small camera on the loopback."""

from __future__ import annotations

import itertools
import traceback

import av
import pytest

from streammem.errors import SourceNotFoundError, SourceStalledError
from streammem.perception.sources import open_source
from streammem.perception.sources.video import punctual
from streammem.types import Observation
from tests.rtsp_server import RtspServer, film

PICTURES = 20
HELD = 3  # of them FFmpeg holds back while more may come, as others may belong before them


def watched(address: str, timeout_s: float = 10.0) -> list[Observation]:
    """All that comes until the camera hangs up or falls silent."""
    seen: list[Observation] = []
    with (
        open_source(address, timeout_s=timeout_s, reconnects=0, audio=False) as source,
        pytest.raises(SourceStalledError),
    ):
        for frame in source:
            seen.append(frame)
    assert "order" not in source.skipped and seen[-1].index >= PICTURES - 1 - HELD
    return seen


@pytest.mark.parametrize("b_frames", [0, 2])
def test_no_picture_is_lost_at_the_beginning(b_frames: int) -> None:
    with RtspServer(film(PICTURES, b_frames=b_frames)) as camera:
        seen = watched(f"rtsp://127.0.0.1:{camera.port}/1")
    assert camera.asked == ["tcp"]
    assert all(a.t_s < b.t_s for a, b in itertools.pairwise(seen))


def test_picture_that_was_held_over_a_silence_is_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 20.0, 21.0, 30.0, 35.0])  # asked, came, asked, …
    monkeypatch.setattr("streammem.perception.sources.video.time.monotonic", lambda: next(now))
    packets = punctual([av.Packet(1), av.Packet(2), av.Packet(3)], 5.0)
    assert [next(packets).size, next(packets).size] == [1, 2]
    with pytest.raises(SourceStalledError, match="nothing for 5 s"):
        next(packets)


def test_camera_that_refuses_tcp_is_asked_for_udp() -> None:
    with RtspServer(film(PICTURES), over="udp") as camera:
        assert watched(f"rtsp://127.0.0.1:{camera.port}/1", timeout_s=1.0)
    assert camera.asked == ["tcp", "udp"]


def test_password_may_have_any_signs() -> None:
    with RtspServer(film(PICTURES), login="me:p/s?#%") as camera:
        assert watched(f"rtsp://me:p/s?#%@127.0.0.1:{camera.port}/1")


@pytest.mark.parametrize(
    ("login", "advice"),
    [("me:hunter2@", "refuses the name and the password"), ("", "asks for a name and a password")],
)
def test_wrong_password_is_said_and_not_repeated(login: str, advice: str) -> None:
    with RtspServer(login="me:other") as camera, pytest.raises(SourceNotFoundError, match=advice) as caught:
        open_source(f"rtsp://{login}127.0.0.1:{camera.port}/1", timeout_s=10.0)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
