"""The page as people use it: a browser, its camera, a real street."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from live_page import LivePage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def lost(text: str) -> bool:
    """What a browser says of a server that is not there for a while."""
    return "WebSocket" in text or "ERR_CONNECTION" in text or "ERR_EMPTY_RESPONSE" in text


def test_a_camera_is_watched_asked_and_remembered(
    start: Callable[..., Any], browse: Callable[..., Any], camera: Path, tmp_path: Path, shots: Path
) -> None:
    live = start("phone=browser", "--store", tmp_path / "live.zarr")
    context = browse(camera, viewport={"width": 1440, "height": 960})
    shown = LivePage(context, live.address, shots)
    page = shown.page
    page.get_by_role("button", name="Use this camera").first.wait_for()
    shown.shot("nothing-yet")
    assert "token" not in page.url  # taken out of the address

    shown.press("Use this camera")
    shown.watches("phone")
    page.locator("#timeline button.clip:visible").first.wait_for()
    assert shown.events() >= 1

    shown.ask("bicycle")
    page.wait_for_function(
        "() => document.querySelectorAll('#answers article').length > 0 || !document.querySelector('#answers[aria-busy]')"
    )
    for _ in range(
        20
    ):  # it is asked while the street goes by: the bicycles come at the end of each ten seconds
        if shown.cards.count():
            break
        page.wait_for_timeout(1000)
        shown.ask("bicycle")
    assert shown.headline().startswith("Seen")
    page.locator("#answers article .shot.there").first.wait_for()
    shown.shot("asked-by-word")

    first_s = page.evaluate("() => live.frame.t_s")
    shown.until(
        "(first_s) => live.frame.t_s > first_s + 12", first_s
    )  # the street comes round every ten seconds
    for _ in range(5):  # a frame that a busy memory passed over is none that was seen
        shown.drag(0.3, 0.3, 0.7, 0.8)
        shown.shot("box")
        shown.press("Find earlier", ".boxbar")
        shown.answered()
        if shown.headline().startswith("Seen"):
            break
        page.wait_for_timeout(1500)
    assert shown.cards.count() >= 1 and shown.headline().startswith("Seen")
    shown.shot("asked-by-box")

    second = LivePage(context, live.address.split("#")[0], shots)  # the cookie is enough
    second.watches("phone")
    second.is_well()
    second.page.close()

    before = shown.headline()
    shown.reload()
    shown.watches("phone")  # its camera is lent again by itself
    page.locator("#timeline button.clip:visible").first.wait_for()
    shown.answered()
    assert before.split(",")[0].split(" ")[0] == shown.headline().split(" ")[0]
    shown.is_well(lost)


def test_what_was_seen_is_there_after_a_kill(
    start: Callable[..., Any], browse: Callable[..., Any], bikes: Path, tmp_path: Path, shots: Path
) -> None:
    arguments = (f"street={bikes}", "--store", tmp_path / "live.zarr", "--pace", "fast")  # none is lost
    live = start(*arguments)
    shown = LivePage(browse(viewport={"width": 1280, "height": 900}), live.address, shots)
    shown.until("() => live.streams[0]?.status === 'ended'")
    shown.ask("bicycle")
    assert shown.cards.count() >= 1
    assert live.stop() == 130  # Ctrl-C: committed
    shown.page.locator("#away:not([hidden])").wait_for()
    shown.shot("server-away")

    port = live.address.split(":")[2].split("/")[0]
    again = start(*arguments, "--port", port)
    shown.page.locator("#away").wait_for(state="hidden")
    shown.ask("streetcar")
    assert shown.cards.count() >= 1
    again.kill()  # without a word
    start(*arguments, "--port", port)
    shown.page.locator("#away").wait_for(state="hidden")
    shown.reload()
    shown.page.locator("#timeline button.clip:visible").first.wait_for()
    shown.ask("bicycle")
    assert shown.cards.count() >= 1
    shown.is_well(lost)


class Door(ThreadingHTTPServer):
    """A network camera that can be unplugged."""

    daemon_threads = True

    def __init__(self, pictures: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), DoorPictures)
        self.pictures, self.plugged, self.tick = pictures, threading.Event(), threading.Event()
        self.plugged.set()


class DoorPictures(BaseHTTPRequestHandler):
    server: Door

    def do_GET(self) -> None:
        if not self.server.plugged.is_set():
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        n = 0
        while self.server.plugged.is_set():
            picture = self.server.pictures[n % len(self.server.pictures)]
            n += 1
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + picture + b"\r\n")
            except OSError:
                return
            self.server.tick.wait(0.04)  # never set: the pace of a camera

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def door(camera: Path) -> Iterator[Door]:
    """The street as a network camera."""
    pictures = [b"\xff\xd8" + part for part in camera.read_bytes().split(b"\xff\xd8")[1:]]
    server = Door(pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.plugged.clear()
    server.shutdown()
    server.server_close()


def test_a_lost_source_is_told_and_comes_back(
    start: Callable[..., Any], browse: Callable[..., Any], door: Door, tmp_path: Path, shots: Path
) -> None:
    live = start(
        f"door=http://127.0.0.1:{door.server_address[1]}/video.mjpeg", "--store", tmp_path / "live.zarr"
    )
    shown = LivePage(
        browse(viewport={"width": 1280, "height": 900}, color_scheme="dark"), live.address, shots
    )
    status = "(wanted) => live.streams[0]?.status === wanted"
    shown.watches("door")
    shown.until("() => live.engine.alive")  # its picture came before the memory was open
    shown.shot("dark")
    door.plugged.clear()
    shown.until(status, "lost")
    advice = shown.page.locator("#sources .source-advice:visible").first
    advice.wait_for()
    assert "trying again" in advice.inner_text()
    shown.shot("source-lost")
    door.plugged.set()
    shown.until(status, "live")
    shown.watches("door")

    shown.press("Stop", "#sources")
    shown.until(status, "stopped")
    shown.press("Start", "#sources")
    shown.until(status, "live")
    shown.is_well()


def test_an_object_is_followed_and_an_alert_told(
    start: Callable[..., Any], browse: Callable[..., Any], door: Door, tmp_path: Path, shots: Path
) -> None:
    live = start(
        f"door=http://127.0.0.1:{door.server_address[1]}/video.mjpeg",
        *("--store", tmp_path / "live.zarr", "--alert", "streetcar"),
    )
    shown = LivePage(browse(viewport={"width": 1280, "height": 1000}), live.address, shots)
    shown.watches("door")
    shown.page.locator("#alerts .alert").first.wait_for()  # the streetcar comes by every ten seconds
    assert '"type": "alert"' in live.log.read_text() or '"type":"alert"' in live.log.read_text()

    shown.follow(0.35, 0.35, 0.65, 0.75)
    shown.until("() => live.followed.length === 1")
    shown.shot("followed")
    shown.page.locator("#follow .chip").first.get_by_role("button").last.click()
    shown.until("() => live.followed.length === 0")
    shown.is_well()
    assert live.stop(signal.SIGTERM) == 143


def test_a_refused_camera_and_no_source_explain_themselves(
    start: Callable[..., Any], browse: Callable[..., Any], tmp_path: Path, shots: Path
) -> None:
    live = start(
        "--store", tmp_path / "live.zarr"
    )  # no camera on a test machine: the page offers the browser's
    phone = browse(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    shown = LivePage(phone, live.address, shots)
    shown.page.get_by_role("button", name="Use this camera").first.wait_for()
    shown.press("Use this camera")  # nobody allowed it, and there is none
    shown.page.locator("#sources .source-advice.bad").first.wait_for()
    shown.shot("phone-refused")
    assert shown.page.evaluate(
        "() => document.documentElement.scrollWidth <= innerWidth"
    )  # nothing sticks out
    shown.ask("bicycle")
    assert "Nothing" in shown.headline()
    shown.shot("phone-nothing")
    shown.is_well()
