"""The real process: frames and questions through it, a kill in the middle, Ctrl-C, and an orderly end."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from live_hanging import hang
from live_worker import PATIENCE_S, frame, kinds, scene

from streammem.app.server import engine as engine_module
from streammem.app.server import process as process_module
from streammem.app.server.engine import Engine, EngineSettings
from streammem.errors import EngineLostError, ObservationError, StoreLockedError
from streammem.stream import StreamMemory


class Heard:
    """An engine on a real process, with its news."""

    def __init__(self, store: Path, silence_s: float = 60.0) -> None:
        self.news: list[dict[str, Any]] = []
        self.changed = asyncio.Event()
        settings = EngineSettings(store=store, encoder="classic", budget="4 MB", track=False)
        self.engine = Engine(settings, self.hear, silence_s=silence_s)

    def hear(self, item: dict[str, Any]) -> None:
        self.news.append(item)
        self.changed.set()

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    @property
    def seen(self) -> list[int]:
        return [item["seq"] for item in kinds(self.news, "seen")]

    @property
    def pid(self) -> int:
        assert self.engine._process is not None and self.engine._process.pid is not None
        return self.engine._process.pid


async def lives_through_a_kill(store: Path) -> None:
    heard = Heard(store)
    engine = heard.engine
    starting = asyncio.ensure_future(engine.start())
    while engine._process is None:
        await asyncio.sleep(0)
    os.kill(heard.pid, signal.SIGINT)  # Ctrl-C goes to all processes of a terminal, at any time
    assert (await starting)["streams"] == {}
    slot = engine.slot("door")
    for index in range(8):
        await asyncio.to_thread(slot.put, frame(index, index // 4), wait=True)
    await heard.until(lambda: heard.seen == list(range(8)))
    os.kill(heard.pid, signal.SIGINT)
    found = await engine.ask("find", image=scene(0))
    assert found["hits"] and slot.dropped == 0
    with pytest.raises(ObservationError, match="no verb"):
        await engine.ask("fly")
    with pytest.raises(StoreLockedError):
        StreamMemory.open(store)
    await engine.ask("commit")
    os.kill(heard.pid, signal.SIGSTOP)
    answer = asyncio.ensure_future(engine.ask("stats"))
    await asyncio.sleep(0)
    os.kill(heard.pid, signal.SIGKILL)
    with pytest.raises(EngineLostError, match="starts again"):
        await answer
    assert not engine.alive
    slot.put(frame(20, 2))  # it comes as soon as there is somebody to take it
    await heard.until(lambda: heard.seen[-1] == 20)
    await heard.until(lambda: engine.restarts == 1 and kinds(heard.news, "engine")[-1]["alive"])
    assert (await engine.ask("stats"))["streams"][0]["frames"] == 9
    # A service manager tells the whole group: the memory commits by itself, whoever asks first.
    os.kill(heard.pid, signal.SIGTERM)
    await engine.close()


def shared_files() -> int:
    """How many pieces of shared memory this process has open, where that can be told."""
    links = list[str]()
    for file in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):  # the folder's own, which is closed by now
            links.append(str(file.readlink()))
    return sum("memfd:streammem" in link for link in links)


def test_lives_through_a_kill_and_keeps_what_was_committed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = shared_files()
    asyncio.run(lives_through_a_kill(tmp_path / "live.zarr"))
    assert shared_files() <= before and not multiprocessing.active_children()
    assert "leaked" not in capfd.readouterr().err
    with StreamMemory.open(tmp_path / "live.zarr") as memory:
        assert memory.resume_at("door") == 10.0 and len(memory.find(image=scene(0))) > 0


def test_a_process_that_hangs_is_ended_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_run", hang)
    for patience in ("CLOSE_S", "END_S"):
        monkeypatch.setattr(engine_module, patience, 0.01)

    async def run() -> None:
        heard = Heard(tmp_path / "live.zarr", silence_s=0.2)
        await heard.engine.start()
        first = heard.engine._process
        answer = asyncio.ensure_future(heard.engine.ask("stats"))
        with pytest.raises(
            EngineLostError, match="no sign of life|not there"
        ):  # found before it asked, or after
            await answer
        await heard.until(lambda: heard.engine.restarts >= 1)
        assert heard.engine._process is not first
        await heard.engine.close()

    asyncio.run(run())
    assert not multiprocessing.active_children()
