"""The server's side, over a process that a test plays: pending questions, back-off, what is sent again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest
from live_worker import SETTINGS

from streammem.app.refusals import BusyError
from streammem.app.server import engine as module
from streammem.app.server.engine import Engine
from streammem.errors import EngineLostError, StoreDamagedError, StoreFullError, VocabularyError

HELLO = {"streams": {"door": 4.0}, "followed": [], "capabilities": {}}


class Played:
    """A process that says what a test has it say."""

    made: ClassVar[list["Played"]] = []
    first_words: ClassVar[list[tuple[Any, ...]]] = []  # of each process in turn; then it greets

    def __init__(self, _: object) -> None:
        self.sent, self.ended, self.rung = [], False, 0
        Played.made.append(self)

    def listen(self, heard: Callable[[tuple[Any, ...]], None]) -> None:
        self.heard = heard
        heard(Played.first_words.pop(0) if Played.first_words else ("hello", HELLO))

    def send(self, *message: Any, file: object = None) -> None:
        self.sent.append(message)
        if message[0] == "close":
            self.heard(("closing",))
            self.heard(("closed", None))

    def ring(self) -> None:
        self.rung += 1

    def end(self, _: float) -> None:
        self.ended = True


@pytest.fixture(autouse=True)
def _played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EngineProcess", Played)
    monkeypatch.setattr(module, "FIRST_RETRY_S", 0.001)
    Played.made, Played.first_words = [], []


class Scene:
    """An engine with its news."""

    def __init__(self) -> None:
        self.news: list[dict[str, Any]] = []
        self.changed = asyncio.Event()
        self.engine = Engine(SETTINGS, self.hear)

    def hear(self, item: dict[str, Any]) -> None:
        self.news.append(item)
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self.changed.clear()
                await self.changed.wait()


def test_goes_on_with_a_process_that_was_started_already() -> None:
    async def run() -> None:
        born = Played(SETTINGS)
        engine = Engine(SETTINGS, print)
        engine._born = born  # it plays a process, which the checked constructor would not take
        assert await engine.start() == HELLO
        await engine.close()
        assert Played.made == [born] and born.ended

    asyncio.run(run())


def play(body: Callable[[Scene], Awaitable[None]]) -> Scene:
    async def run() -> Scene:
        scene = Scene()
        await body(scene)
        await scene.engine.close()
        return scene

    return asyncio.run(run())


def test_starts_answers_and_closes() -> None:
    async def body(scene: Scene) -> None:
        assert await scene.engine.start() == HELLO and scene.engine.alive
        answer = asyncio.ensure_future(scene.engine.ask("count", text="dog"))
        await asyncio.sleep(0)
        (process,) = Played.made
        assert process.sent == [("ask", 1, "count", {"text": "dog"})]
        process.heard(("news", {"type": "seen", "seq": 3}))
        process.heard(("answer", 1, 5))
        assert await answer == 5 and scene.news == [{"type": "seen", "seq": 3}]

    scene = play(body)
    assert not scene.engine.alive and Played.made[0].ended
    asyncio.run(scene.engine.close())


def test_raises_what_the_memory_raised() -> None:
    async def body(scene: Scene) -> None:
        await scene.engine.start()
        answer = asyncio.ensure_future(scene.engine.ask("find", text="dax"))
        await asyncio.sleep(0)
        Played.made[0].heard(("error", 1, VocabularyError("no dax", nearest=("wug",))))
        with pytest.raises(VocabularyError, match="no dax"):
            await answer

    play(body)


def test_opening_fails_with_the_stores_own_words() -> None:
    Played.first_words = [("failed", StoreDamagedError("bytes are wrong")), ("gone",)]

    async def body(scene: Scene) -> None:
        with pytest.raises(StoreDamagedError, match="bytes are wrong"):
            await scene.engine.start()
        with pytest.raises(EngineLostError, match="before the memory was open"):
            await scene.engine.start()
        with pytest.raises(EngineLostError, match="not there"):
            await scene.engine.ask("stats")

    play(body)
    assert all(process.ended for process in Played.made)


def test_a_lost_process_is_started_again_with_its_slots() -> None:
    async def body(scene: Scene) -> None:
        await scene.engine.start()
        slot = scene.engine.slot("door")
        assert scene.engine.slot("door") is slot
        answer = asyncio.ensure_future(scene.engine.ask("stats"))
        await asyncio.sleep(0)
        Played.first_words = [("failed", StoreFullError("no room")), ("gone",)]
        Played.made[0].heard(("gone",))
        with pytest.raises(EngineLostError, match="starts again"):
            await answer
        await scene.until(lambda: scene.engine.restarts == 1)
        await scene.until(lambda: scene.news[-1]["alive"])
        Played.made[0].heard(("news", {"type": "seen"}))  # from the grave
        last = Played.made[-1]
        assert len(Played.made) == 4 and all(process.ended for process in Played.made[:3])
        assert last.sent == [("slot", "door")]

    scene = play(body)
    assert [item["type"] for item in scene.news] == ["engine"] * 4
    assert [item["alive"] for item in scene.news] == [False, False, False, True]
    assert "no room" in scene.news[1]["message"] and "has no store" in scene.news[3]["message"]


def test_frames_ring_the_process_that_is_there() -> None:
    async def body(scene: Scene) -> None:
        slot = scene.engine.slot("door")  # before there is any
        slot._ring()
        await scene.engine.start()
        assert Played.made[0].sent == [("slot", "door")]
        slot._ring()
        assert Played.made[0].rung == 1

    play(body)


def test_a_listener_that_fails_is_no_reason_to_end() -> None:
    async def body(scene: Scene) -> None:
        await scene.engine.start()
        scene.engine._news = lambda item: item["missing"]
        Played.made[0].heard(("news", {"type": "seen"}))
        await asyncio.sleep(0)
        answer = asyncio.ensure_future(scene.engine.ask("followed"))
        await asyncio.sleep(0)
        Played.made[0].heard(("answer", 1, []))
        assert await answer == []

    play(body)


def test_closing_while_it_starts_again_ends_that() -> None:
    async def body(scene: Scene) -> None:
        await scene.engine.start()
        module.FIRST_RETRY_S = 60.0
        scene.engine._delay_s = 60.0
        Played.made[0].heard(("gone",))
        await scene.until(lambda: bool(scene.news))

    scene = play(body)
    assert len(Played.made) == 1 and scene.engine.restarts == 0


def test_nobody_is_answered_before_the_memory_is_open() -> None:
    async def body(scene: Scene) -> None:
        assert scene.engine.opening and not scene.engine.alive
        with pytest.raises(BusyError, match="still being opened"):
            await scene.engine.ask("stats")
        await scene.engine.start()
        assert scene.engine.alive and not scene.engine.opening

    play(body)


def hurried(scene: Scene) -> Engine:
    """The scene's engine, which has little patience with a process that says nothing."""
    scene.engine._silence_s = 0.02
    return scene.engine


def test_a_process_that_hangs_is_started_again() -> None:
    async def body(scene: Scene) -> None:
        engine = hurried(scene)
        await engine.start()
        answer = asyncio.ensure_future(engine.ask("stats"))
        with pytest.raises(
            EngineLostError, match="no sign of life|not there"
        ):  # found before it asked, or after
            await answer
        engine._silence_s = 60.0
        await scene.until(lambda: engine.restarts == 1 and scene.news[-1]["alive"])
        assert Played.made[0].ended and not Played.made[1].ended

    scene = play(body)
    assert [item["alive"] for item in scene.news] == [False, True]
    assert all("no sign of life" in item["message"] for item in scene.news)


def test_a_process_that_says_what_takes_long_is_left_in_peace() -> None:
    async def body(scene: Scene) -> None:
        engine = hurried(scene)
        await engine.start()
        Played.made[0].heard(("alive", 600.0))
        for _ in range(20):
            assert engine._watchdog.bites(0.01) is None
        Played.made[0].heard(("alive",))
        await scene.until(lambda: bool(scene.news))

    play(body)


def test_one_that_hangs_and_dies_at_once_is_started_again_once() -> None:
    async def body(scene: Scene) -> None:
        await scene.engine.start()
        scene.engine._gone("gave no sign of life for 60 s")
        Played.made[0].heard(("gone",))
        await scene.until(lambda: scene.engine.restarts == 1 and scene.news[-1]["alive"])

    play(body)
    assert len(Played.made) == 2


def test_one_that_hangs_while_it_opens_the_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPENING_S", 0.0)
    Played.first_words = [("took", "nothing")]  # but no greeting

    async def body(scene: Scene) -> None:
        scene.engine.slot("nothing")
        with pytest.raises(EngineLostError, match="before the memory was open"):
            await hurried(scene).start()
        assert Played.made[0].ended

    play(body)
