"""A browser, a camera for it, and `streammem live` as a user starts it."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

START_S = 180.0  # an engine under a loaded machine
ADDRESS = re.compile(r"http://[^\s#]+/#token=\S+")
FLAGS = [
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),  # Chromium refuses its sandbox to root
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The installed browser; skips where there is none."""
    pytest.importorskip("playwright.sync_api", reason="no playwright: it comes with the development packages")
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if place := shutil.which(name):
            return place
    pytest.skip("no Chromium on this machine: apt-get install chromium")


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory, bikes: Path) -> Path:
    """A real clip as the fake camera of the browser plays it: raw MJPEG, in a loop."""
    place = tmp_path_factory.mktemp("camera") / "street.mjpeg"
    with av.open(str(bikes)) as clip, av.open(str(place), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 272, "yuvj420p"
        for frame in clip.decode(video=0):
            out.mux(stream.encode(frame.reformat(format="yuvj420p")))
        out.mux(stream.encode())
    return place


class Live:
    """`streammem live` in its own process."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self.log = log
        command = [str(Path(sys.executable).with_name("streammem")), "live", "--no-browser", *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.address = self._address()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout, self.log.open("a") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                self._lines.put(line)
        self._lines.put(None)

    def _address(self) -> str:
        while True:
            try:
                line = self._lines.get(timeout=START_S)
            except queue.Empty:
                self.kill()
                raise AssertionError(f"no address within {START_S:g} s: {self.log.read_text()}") from None
            assert line is not None, f"it ended: {self.log.read_text()}"
            if found := ADDRESS.search(line):
                return found[0]

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        code = self.process.wait(timeout=30)
        self._reader.join(30)
        return code

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(timeout=30)
        self._reader.join(30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Start `streammem live` with some arguments; everything ends with the test."""
    running: list[Live] = []

    def begin(*arguments: str | Path) -> Live:
        running.append(Live([str(part) for part in arguments], tmp_path / f"live-{len(running)}.log"))
        return running[-1]

    yield begin
    for live in running:
        if live.process.poll() is None:
            live.kill()


@pytest.fixture
def browse(chromium: str) -> Iterator[Callable[..., Any]]:
    """A browser's context: `browse(camera=…)`; its pages note what went wrong in them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        open_: list[Any] = []

        def begin(camera: Path | None = None, **options: Any) -> Any:
            flags = [*FLAGS]
            if camera is not None:
                flags += [
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-video-capture={camera}",
                ]
            browser = playwright.chromium.launch(executable_path=chromium, args=flags, headless=True)
            open_.append(browser)
            return browser.new_context(**options)

        yield begin
        for browser in open_:
            browser.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: STREAMMEM_SHOTS, to look at them; a folder of the run otherwise."""
    place = os.environ.get("STREAMMEM_SHOTS")
    folder = Path(place) if place else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
