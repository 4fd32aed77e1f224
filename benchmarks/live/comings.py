"""1,000 pages that come and go, and 100 sources that break and come back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
from websockets.sync.client import connect

from benchmarks.live.clips import street
from benchmarks.live.server import Server
from benchmarks.live.slopes import growth
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_connects", "measure_losses"]


def measure_connects(folder: Path, *, connects: int, tick: Callable[[str], object]) -> Part:
    """Pages connect, hear the greeting, look at a picture; each third is torn off without a goodbye."""
    arguments = [f"street={street()}", "--store", folder / "connects.zarr"]
    with Server(*arguments, log=folder / "connects.log") as server:
        samples = []
        began = time.monotonic()
        for turn in range(connects):
            page = connect(
                server.socket, additional_headers={"Authorization": f"Bearer {server.token}"}, open_timeout=20
            )
            page.recv(timeout=20)
            page.send('{"type":"credit","n":2}')
            if turn % 3 == 0:
                page.socket.shutdown(socket.SHUT_RDWR)
            page.close()
            if turn % 50 == 0 or turn == connects - 1:
                tick(f"{turn + 1} of {connects} connects")
                samples.append(server.load.sample())
        wall_s = time.monotonic() - began
        settled = _settled(server, samples[0]["files"])
        health = server.http.get("/healthz").status_code
    first, last = samples[len(samples) // 4], settled
    grown = last["server MB"] - first["server MB"]
    return Part(
        name="connects",
        tables=[
            Table(
                title=f"{connects} connects in {wall_s:.1f} s, a third torn off",
                columns=["", "before", "after a quarter", "after all"],
                rows=[
                    [name, samples[0][name], first[name], last[name]]
                    for name in ("server MB", "files", "server threads")
                ],
            )
        ],
        marks=[
            Mark(
                name="open files after all, beside those before",
                figure=f"{last['files'] - samples[0]['files']:+.0f}",
                target="<= +4",
                passed=last["files"] <= samples[0]["files"] + 4,
            ),
            Mark(
                name="server's memory from a quarter on",
                figure=f"{grown:+.1f} MB",
                target="<= 5 MB",
                passed=grown <= 5,
            ),
            Mark(name="it answers", figure=str(health), target="200", passed=health == 200),
        ],
        series={"samples": samples},
    )


def _settled(server: Server, files: float) -> dict[str, float]:
    """Wait until torn-off sockets are noticed: the server's ping takes up to 40 s to miss an answer."""
    until = time.monotonic() + 60
    while (sample := server.load.sample())["files"] > files + 4 and time.monotonic() < until:
        time.sleep(1)
    return sample


class _Camera(ThreadingHTTPServer):
    """A network camera that breaks off after a second of pictures, every time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pictures)
        rng = np.random.default_rng(0)
        grain = cv2.resize(
            rng.integers(0, 255, (9, 16, 3), np.uint8), (320, 180), interpolation=cv2.INTER_CUBIC
        )
        self.pictures = [cv2.imencode(".jpg", np.roll(grain, 8 * n, 1))[1].tobytes() for n in range(25)]
        self.served = 0


class _Pictures(BaseHTTPRequestHandler):
    server: _Camera

    def do_GET(self) -> None:
        self.server.served += 1
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for picture in self.server.pictures:
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + picture + b"\r\n")
            except OSError:
                return
            time.sleep(0.02)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


def measure_losses(folder: Path, *, losses: int, tick: Callable[[str], object]) -> Part:
    """A network camera that breaks off again and again; the stream must come back each time by itself.

    Whether the server's memory grows is told by the slope over all looks, from the first one on: of two single looks
    each may fall on a picture that is just being decoded, and what is left to Python's collector grows at first only.
    """
    camera = _Camera()
    threading.Thread(target=camera.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{camera.server_address[1]}/video.mjpeg"
    samples = []
    with Server(f"door={address}", "--store", folder / "losses.zarr", log=folder / "losses.log") as server:
        began = time.monotonic()
        before = camera.served  # what was lost until the memory was open is no gap in it
        while (lost := camera.served - before) < losses and time.monotonic() - began < 10 * losses:
            samples.append(server.load.sample())
            tick(f"{lost} of {losses} losses")
            time.sleep(1)
        state = server.get("/api/state")["streams"][0]
        gaps = state["gaps"]
        last = server.load.sample()
    camera.shutdown()
    wall_s = time.monotonic() - began
    first = samples[len(samples) // 4]
    grown, _ = growth([sample["server MB"] for sample in samples], skip=0.0)
    most_grown = max(1.0, losses / 100)
    watched = ("server MB", "engine MB", "files", "server threads", "engine threads", "store threads")
    return Part(
        name="losses",
        tables=[
            Table(
                title=f"A camera that broke off {lost} times in {wall_s:.0f} s",
                columns=["", "after a quarter", "after all"],
                rows=[[name, first[name], last[name]] for name in watched],
            )
        ],
        marks=[
            Mark(
                name="recoveries",
                figure=f"{lost}, {gaps} gaps told",
                target=f">= {losses}",
                # The last one may still be on its way.
                passed=lost >= losses and gaps >= losses - 1 and state["status"] in {"live", "lost"},
            ),
            Mark(
                name="the server's threads from a quarter on",
                figure=f"{last['server threads'] - first['server threads']:+.0f}",
                target="<= +3",
                passed=last["server threads"] <= first["server threads"] + 3,
            ),
            Mark(
                name="open files from a quarter on",
                figure=f"{last['files'] - first['files']:+.0f}",
                target="<= +3",
                passed=last["files"] <= first["files"] + 3,
            ),
            Mark(
                name="growth of the server's memory over the run",
                figure=f"{grown:+.2f} MB",
                target=f"<= {most_grown:g} MB",
                passed=grown <= most_grown,
            ),
        ],
        series={"samples": samples, "state": state},
    )
