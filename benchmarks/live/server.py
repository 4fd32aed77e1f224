"""`streammem live` in its own process, and what it takes of the machine."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

__all__ = ["Load", "Server"]

OF_THE_STORE = (
    "tokio-runtime-w"  # Icechunk's threads: many for seconds where it writes, and they end when idle
)
ADDRESS = re.compile(r"(http://[^\s#]+)/#token=(\S+)")
START_S = 180.0


class Load:
    """Memory, files and threads of a server's processes, seen from outside."""

    def __init__(self, process: int) -> None:
        self._root = psutil.Process(process)

    def sample(self) -> dict[str, float]:
        """Megabytes and threads by role, open files of all together.

        The engine is the largest child; what multiprocessing starts beside it counts as the server's. Threads of the
        store are counted apart from the engine's own.
        """
        children = self._root.children(recursive=True)
        sizes = {child: _own_mb(child) for child in children}
        engine = max(sizes, key=lambda child: sizes[child])
        everyone = [self._root, *children]
        threads, of_store = sum(one.num_threads() for one in everyone), _threads_of_store(engine.pid)
        engines = engine.num_threads()
        return {
            "server MB": _own_mb(self._root) + sum(sizes.values()) - sizes[engine],
            "engine MB": sizes[engine],
            "files": sum(one.num_fds() for one in everyone),
            "server threads": threads - engines,
            "engine threads": engines - of_store,
            "store threads": of_store,
            "cpu s": sum(sum(one.cpu_times()[:2]) for one in everyone),
        }


def _own_mb(process: psutil.Process) -> float:
    """What the process itself wrote, on disk or not.

    The unique set size says more: it counts a library's pages as ours for as long as no other process happens to use
    that library, four megabytes that come and go.
    """
    info = process.memory_full_info()
    own = info.rss - info.shared + info.swap if hasattr(info, "shared") else info.uss
    return float(own) / 1e6


def _threads_of_store(pid: int) -> int:
    names = (task / "comm" for task in Path(f"/proc/{pid}/task").glob("*"))
    return sum(_line(name) == OF_THE_STORE for name in names)


def _line(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:  # it ended meanwhile
        return ""


class Server:
    """Started as a user starts it; the client speaks HTTP with the token of the printed address."""

    def __init__(self, *arguments: str | Path, log: Path) -> None:
        self._log = log
        command = [str(Path(sys.executable).with_name("streammem")), "live", "--no-browser"]
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address, self.token = self._greeting()
        self.started_s = time.monotonic() - began
        self.http = httpx.Client(
            base_url=self.address, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )
        self._wait_for_memory()
        self.opened_s = time.monotonic() - began
        self.load = Load(self.process.pid)

    @property
    def page(self) -> str:
        """What a browser opens."""
        return f"{self.address}/#token={self.token}"

    @property
    def socket(self) -> str:
        """The address of the page's socket."""
        return f"ws{self.address.removeprefix('http')}/api/live"

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self._log.open("w") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                self._lines.put(line)
        self._lines.put(None)

    def _greeting(self) -> tuple[str, str]:
        while True:
            try:
                line = self._lines.get(timeout=START_S)
            except queue.Empty:
                line = None
            if line is None:
                self.process.kill()
                raise SystemExit(f"streammem live did not start:\n{self._log.read_text()}")
            if found := ADDRESS.search(line):
                return found[1], found[2]

    def _wait_for_memory(self) -> None:
        """The page may be there before the memory is."""
        until = time.monotonic() + START_S
        while (code := self.http.get("/api/stats").status_code) != 200:
            if code != 503 or time.monotonic() > until:
                self.process.kill()
                raise SystemExit(f"the memory answers {code}:\n{self._log.read_text()}")
            time.sleep(0.1)

    def get(self, path: str, **parameters: Any) -> Any:
        """A GET's JSON."""
        return self.http.get(path, params=parameters).raise_for_status().json()

    def post(self, path: str, record: dict[str, Any]) -> Any:
        """A POST's JSON."""
        return self.http.post(path, json=record).raise_for_status().json()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit("streammem live did not stop within 30 s of SIGTERM") from None
