"""Start to end: the parts are put together, signals end it in order, and what happens is said."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from live_parts import TableEngine

from streammem.app import live
from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.app.server import greeting, serve
from streammem.app.server.printing import AlertPrinter
from streammem.errors import StoreLockedError

ALERT = {
    "type": "alert",
    "id": "1",
    "rule": "2",
    "name": "bicycle",
    "stream": "door",
    "t_s": 1.0,
    "score": 0.9,
}


class StandIn(TableEngine):
    """An engine without a process, which opens its memory when it may."""

    made: ClassVar["list[StandIn]"] = []
    fails: ClassVar[Exception | None] = None
    may_open: ClassVar[threading.Event] = threading.Event()

    def __init__(self, settings, news, born, silence_s) -> None:
        super().__init__()
        self.settings, self.news, self.closed = settings, news, False
        self.alive, self.opening = False, True
        StandIn.made.append(self)

    async def start(self):
        self.loop = asyncio.get_running_loop()
        assert await asyncio.to_thread(StandIn.may_open.wait, 20)
        if StandIn.fails is not None:
            raise StandIn.fails
        self.alive, self.opening = True, False
        return {"streams": {"browser": 62.0}, "followed": [], "capabilities": {}}

    def slot(self, stream):
        raise AssertionError("nobody sends")

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[StandIn]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve, "Engine", StandIn)
    monkeypatch.setattr(live, "EngineProcess", lambda _: None)
    monkeypatch.setattr(StandIn, "made", [])
    monkeypatch.setattr(StandIn, "fails", None)
    monkeypatch.setattr(StandIn, "may_open", threading.Event())
    StandIn.may_open.set()
    monkeypatch.setenv("OPENCV_IO_MAX_IMAGE_PIXELS", "1")  # set again, and put back afterwards
    return StandIn


def when_open(monkeypatch: pytest.MonkeyPatch, act, by: int = signal.SIGTERM) -> None:
    """Have something done in a thread once the memory is open; then it ends."""
    served, opened = [], greeting.resumed

    def visit(settings, port) -> None:
        try:
            act(settings, port)
        finally:
            os.kill(os.getpid(), by)

    def resumed(facts) -> None:
        opened(facts)
        threading.Thread(target=visit, args=served[0], daemon=True).start()

    when_greeted(monkeypatch, lambda *args: served.append(args))
    monkeypatch.setattr(greeting, "resumed", resumed)


def when_greeted(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Have something done once the address is printed."""
    greet = greeting.greet

    def greeted(settings, port) -> None:
        greet(settings, port)
        act(settings, port)

    monkeypatch.setattr(greeting, "greet", greeted)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)]
)
def test_a_signal_ends_it_and_the_memory_is_closed(
    engine: type[StandIn],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    code: Exit,
) -> None:
    answers = {}

    def visit(settings, port) -> None:
        place = f"http://127.0.0.1:{port}"
        answers["stranger"] = httpx.get(f"{place}/api/state", trust_env=False).status_code
        known = {"Authorization": f"Bearer {settings.token}"}
        answers["owner"] = httpx.get(f"{place}/api/state", headers=known, trust_env=False).json()

    when_open(monkeypatch, visit, number)
    assert run(["live", "browser", "--store", "a.zarr", "--no-browser", "--alert", "bicycle"]) == code
    assert answers["stranger"] == 401
    assert os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] == "16777216"
    assert answers["owner"]["streams"][0]["name"] == "browser"
    assert answers["owner"]["alerts"]["rules"][0]["text"] == "bicycle"
    assert engine.made[0].closed
    said = capsys.readouterr()
    assert "browser seen up to 1:02.0" in said.err
    assert "/#token=" in said.err
    assert "Stopped; " in said.err


def test_alerts_go_to_standard_output_as_lines_of_json(
    engine: type[StandIn], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def visit(settings, port) -> None:
        engine.made[0].loop.call_soon_threadsafe(engine.made[0].news, ALERT)

    when_open(monkeypatch, visit)
    run(["live", "browser", "--no-browser"])
    assert json.loads(capsys.readouterr().out)["name"] == "bicycle"


def test_files_go_back_to_what_a_memory_that_began_again_has_seen(
    engine: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    told, heard = [], threading.Event()

    async def rewind(_, seen) -> None:
        told.append(seen)
        heard.set()

    def visit(settings, port) -> None:
        news = {"type": "engine", "alive": True, "restarts": 1, "message": "", "streams": {"browser": 3.0}}
        engine.made[0].loop.call_soon_threadsafe(engine.made[0].news, news)
        assert heard.wait(20)

    monkeypatch.setattr(serve.Streams, "rewind", rewind)
    when_open(monkeypatch, visit)
    run(["live", "browser", "--no-browser"])
    assert told == [{"browser": 3.0}]


def state_of(settings, port) -> dict:
    known = {"Authorization": f"Bearer {settings.token}"}
    answer = httpx.get(f"http://127.0.0.1:{port}/api/state", headers=known, trust_env=False)
    return {"status": answer.status_code, **answer.json()}


def test_the_page_is_served_before_the_memory_is_open(
    engine: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.may_open.clear()
    found = []

    def early(settings, port) -> None:
        found.append(state_of(settings, port))
        engine.may_open.set()

    when_open(monkeypatch, lambda *served: found.append(state_of(*served)))
    when_greeted(monkeypatch, lambda *served: threading.Thread(target=early, args=served).start())
    run(["live", "browser", "--no-browser"])
    before, after = found
    assert (before["status"], before["engine"]["opening"], before["capabilities"]) == (200, True, {})
    assert not after["engine"]["opening"]


def test_a_rule_that_is_there_is_not_made_again(
    engine: type[StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    when_open(monkeypatch, lambda *_: None)
    for _ in range(2):
        run(["live", "browser", "--no-browser", "--alert", "bicycle"])
    assert [len(made.rules) for made in engine.made] == [1, 1]


def test_memory_that_cannot_be_opened_ends_it_with_its_error(
    engine: type[StandIn], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StandIn, "fails", StoreLockedError("live.zarr is watched by another process"))
    assert run(["live", "browser", "--no-browser"]) == Exit.STORE
    said = capsys.readouterr().err
    assert "another process" in said and "/#token=" in said
    assert engine.made[0].closed


def test_the_page_opens_where_it_should(engine: type[StandIn], monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(greeting, "show_page", opened.append)
    when_open(monkeypatch, lambda *_: None)
    run(["live", "browser", "--open"])
    assert len(opened) == 1
    assert "/#token=" in opened[0]


def test_what_is_said_at_once_and_the_page_need_little_that_loads_slowly() -> None:
    script = (
        "import sys, streammem.app.live, streammem.app.cli; "
        "print([name for name in ('torch', 'cv2', 'fastapi', 'uvicorn', 'numpy') if name in sys.modules]); "
        "import streammem.app.server.serve; "
        "print([name for name in ('torch', 'scipy', 'zarr', 'icechunk') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:2] == ["[]", "[]"]


def test_a_signal_lets_work_tidy_up_and_a_second_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    async def work(*, echoes: int = 0, stubborn: bool = False) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            for _ in range(echoes):  # as a launcher passes on what the terminal has sent already
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0)
            done.append("tidy")
            if stubborn:
                await asyncio.to_thread(int)  # the loop goes round
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)

    assert asyncio.run(serve._until_signal(work)) is signal.SIGINT
    assert asyncio.run(serve._until_signal(lambda: work(echoes=3))) is signal.SIGINT
    monkeypatch.setattr(serve, "ECHO_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(serve._until_signal(lambda: work(stubborn=True)))
    assert done == ["tidy", "tidy", "tidy"]


def test_a_reader_that_stalls_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stalled, release = threading.Event(), threading.Event()
    printed = []

    def stall(alert) -> None:
        stalled.set()
        release.wait(20)
        printed.append(alert)

    monkeypatch.setattr("streammem.app.server.printing.print_alert", stall)
    with AlertPrinter() as printer:
        printer.print(ALERT)
        assert stalled.wait(20)
        for _ in range(1000):
            printer.print(ALERT)
        release.set()
    assert 1 <= len(printed) <= 257  # one at hand, 256 that waited
