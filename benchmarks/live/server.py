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

ADDRESS = re.compile(r"(http://[^\s#]+)/#token=(\S+)")
START_S = 180.0


class Load:
    """Memory, files and threads of a server's processes, seen from outside."""

    def __init__(self, process: int) -> None:
        self._root = psutil.Process(process)

    def sample(self) -> dict[str, float]:
        """Resident megabytes by role, open files and threads of all together.

        The engine is the largest child; what multiprocessing starts beside it counts as the server's.
        """
        children = self._root.children(recursive=True)
        sizes = {child.pid: self._private_mb(child) for child in children}
        engine = max(sizes.values(), default=0.0)
        everyone = [self._root, *children]
        return {
            "server MB": self._private_mb(self._root) + sum(sizes.values()) - engine,
            "engine MB": engine,
            "files": sum(one.num_fds() for one in everyone),
            "threads": sum(one.num_threads() for one in everyone),
            "cpu s": sum(sum(one.cpu_times()[:2]) for one in everyone),
        }

    @staticmethod
    def _private_mb(process: psutil.Process) -> float:
        return float(process.memory_full_info().uss) / 1e6


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
