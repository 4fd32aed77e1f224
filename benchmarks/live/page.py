"""A 720p camera-rate clip in a real browser: pictures a second, age of what is drawn, lag of the memory, answers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.live.clips import street_720p
from benchmarks.live.server import Server
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_page"]

FPS, LATENCY_MS, LAG_S, ANSWER_MS = 15.0, 150.0, 1.0, 300.0
FLAGS = ["--no-first-run", "--disable-background-networking", "--disable-gpu", "--no-sandbox"]
LISTEN = """async () => {
  const { app } = await import("/page/main.js");
  globalThis.drawn = [];
  app.on("frame", ({ seq, captured_unix_s }) => requestAnimationFrame(() => globalThis.drawn.push([seq, Date.now() / 1000 - captured_unix_s, performance.now()])));
}"""


def measure_page(folder: Path, *, seconds: float, tick: Callable[[str], object]) -> Part:
    """The page in headless Chromium beside `streammem live` on a clip at camera rate, both on this machine.

    The age of a picture runs from when the source had it decoded to the browser's next animation frame after it was
    drawn. Questions are asked over HTTP meanwhile, three times a second in turn by words, by a crop and by time; and once
    more without the browser, which draws without a graphics card here and takes more of the processor than all the rest.
    """
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise SystemExit("no Chromium on this machine: apt-get install chromium")
    tick("writing the clip")
    clip = street_720p(folder / "street-720p.mp4", seconds=1.5 * seconds + 40)
    with (
        Server(f"street={clip}", "--store", folder / "page.zarr", log=folder / "page.log") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(server.page)
        page.wait_for_function("() => document.querySelector('#status').dataset.kind === 'live'")
        page.evaluate(LISTEN)
        before = server.load.sample()
        began = time.monotonic()
        answers, lags = _ask(server, until=began + seconds, tick=tick)
        wall_s = time.monotonic() - began
        after = server.load.sample()
        drawn = np.array(page.evaluate("() => globalThis.drawn"))
        browser.close()
        stats = server.get("/api/stats")
        alone, _ = _ask(server, until=time.monotonic() + seconds / 3, tick=tick)
    answers |= {f"{kind}, browser elsewhere": ms for kind, ms in alone.items()}
    return _part(drawn, answers, lags, stats, before, after, wall_s, (server.started_s, server.opened_s))


def _ask(
    server: Server, *, until: float, tick: Callable[[str], object]
) -> tuple[dict[str, list[float]], list[float]]:
    """Answers in milliseconds as the client waits for them, and the memory's lag twice a second."""
    took: dict[str, list[float]] = {"words": [], "picture": [], "time": []}
    lags: list[float] = []
    kinds = list(took)
    turn = 0
    while time.monotonic() < until:
        tick(f"page: {until - time.monotonic():.0f} s left")
        kind = kinds[turn % 3]
        crop = _crop(server) if kind == "picture" else b""
        began = time.perf_counter()
        if kind == "words":
            server.post("/api/find", {"text": ("bicycle", "streetcar", "person")[turn // 3 % 3]})
        elif kind == "time":
            server.post("/api/find", {"at_s": 2.0})
        else:
            asked = {"content": crop, "headers": {"Content-Type": "image/jpeg"}}
            server.http.post("/api/find/picture", **asked).raise_for_status()
        took[kind].append(1e3 * (time.perf_counter() - began))
        lags += _worst(server.get("/api/stats")["engine"]["lag_s"])
        turn += 1
        time.sleep(max(0.0, 0.33 - (time.perf_counter() - began)))
    return took, lags


def _worst(lag_s: dict[str, float | None]) -> list[float]:
    known = [lag for lag in lag_s.values() if lag is not None]
    return [max(known)] if known else []


def _crop(server: Server) -> bytes:
    """What somebody drags a box round: a quarter of the picture that is shown."""
    jpeg = server.http.get("/api/streams/street/latest.jpg").raise_for_status().content
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    high, wide = bgr.shape[:2]
    part = bgr[high // 3 : high // 3 + high // 2, wide // 4 : wide // 4 + wide // 2]
    return cv2.imencode(".jpg", part)[1].tobytes()


def _part(
    drawn: np.ndarray,
    answers: dict[str, list[float]],
    lags: list[float],
    stats: dict[str, Any],
    before: dict[str, float],
    after: dict[str, float],
    wall_s: float,
    started_s: tuple[float, float],
) -> Part:
    age_ms = 1e3 * drawn[:, 1]
    fps = (len(drawn) - 1) / (drawn[-1, 2] - drawn[0, 2]) * 1e3
    rows: list[list[str | int | float | None]] = [
        ["pictures drawn a second", float(fps), None, None],
        ["age of a drawn picture, ms", *_three(age_ms)],
        ["lag of the memory, ms", *_three(1e3 * np.array(lags))],
        *([f"answer by {kind}, ms", *_three(np.array(ms))] for kind, ms in answers.items()),
        ["CPU of server and engine, %", 100 * (after["cpu s"] - before["cpu s"]) / wall_s, None, None],
        ["from start to the address, s", started_s[0], None, None],
        ["from start to an answer of the memory, s", started_s[1], None, None],
    ]
    slowest = max(answers, key=lambda kind: np.median(answers[kind]))
    marks = [
        _mark("pictures drawn a second", f"{fps:.1f}", f">= {FPS:g}", fps >= FPS),
        _mark(
            "age of a drawn picture, median",
            f"{np.median(age_ms):.0f} ms",
            f"<= {LATENCY_MS:g} ms",
            np.median(age_ms) <= LATENCY_MS,
        ),
        _mark("lag of the memory, most", f"{max(lags):.2f} s", f"<= {LAG_S:g} s", max(lags) <= LAG_S),
        *(
            _mark(
                f"answer by {kind}, median",
                f"{np.median(ms):.0f} ms",
                f"<= {ANSWER_MS:g} ms",
                np.median(ms) <= ANSWER_MS,
            )
            for kind, ms in answers.items()
        ),
    ]
    return Part(
        name="page",
        tables=[Table(title="720p at 30 frames a second", columns=["", "median", "95 %", "most"], rows=rows)],
        marks=marks,
        series={"age ms": age_ms.tolist(), "answers ms": answers, "lag s": lags},
        settings={"seconds": wall_s, "memory": stats},
        notes=[f"{len(drawn)} pictures in {wall_s:.0f} s; the slowest question is by {slowest}"],
    )


def _three(values: np.ndarray) -> list[float]:
    return [float(np.median(values)), float(np.percentile(values, 95)), float(values.max())]


def _mark(name: str, figure: str, target: str, passed: bool) -> Mark:
    return Mark(name=name, figure=figure, target=target, passed=bool(passed))
