"""Pictures for credit: the newest, once, and nothing for those who give none."""

import asyncio
import gc
import threading
from collections.abc import Awaitable

import cv2
import numpy as np
import pytest
from live_sources import PATIENCE_S, picture

from streammem.app.server.hub import Hub
from streammem.app.server.pictures import HEADER, LatestPicture
from streammem.errors import ObservationError


def latest(
    seq: int, *, stream: str = "door", number: int = 3, rgb: np.ndarray | None = None
) -> LatestPicture:
    rgb = picture(seq) if rgb is None else rgb
    return LatestPicture(rgb, stream=stream, number=number, seq=seq, t_s=seq / 10, captured_unix_s=1e9 + seq)


def soon(what: Awaitable[bytes]) -> Awaitable[bytes]:
    return asyncio.wait_for(what, PATIENCE_S)


def seq_of(message: bytes) -> int:
    return HEADER.unpack_from(message)[6]


def test_message_is_header_and_jpeg() -> None:
    message = latest(7, rgb=picture(200, width=2560, height=1440)).message
    assert HEADER.size == 32
    assert HEADER.unpack_from(message) == (b"SMF1", 3, 0, 1280, 720, 0, 7, 0.7, 1e9 + 7)
    shown = cv2.imdecode(np.frombuffer(message[32:], np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (720, 1280, 3)
    assert abs(int(shown.mean()) - 200) <= 1


def test_colours_stay_what_they_are() -> None:
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[..., 0] = 255
    shown = cv2.imdecode(np.frombuffer(latest(0, rgb=rgb).jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown[24, 32, 2] > 250 > 5 > shown[24, 32, 0]


def test_credit_is_for_the_newest_picture() -> None:
    async def run() -> list[int]:
        hub = Hub()
        viewer = hub.join()
        viewer.show("door")
        seen = []
        for credit_after in (1, 5, 6):
            for seq in range(credit_after):
                hub.publish(latest(seq))
            viewer.credit(1)
            seen.append(seq_of(await soon(viewer.next())))
        return seen

    assert asyncio.run(run()) == [0, 4, 5]


def test_picture_is_encoded_once_and_only_if_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    monkeypatch.setattr(LatestPicture, "_encode", lambda self, _: encoded.append(self.seq) or b"x" * 40)

    async def run() -> None:
        hub = Hub()
        viewers = [hub.join() for _ in range(3)]
        hub.publish(latest(0))
        for viewer in viewers:
            viewer.show("door")
        hub.publish(latest(1))  # none has given credit
        for viewer in viewers:
            viewer.credit(1)
        hub.publish(latest(2))
        for viewer in viewers:
            await soon(viewer.next())
        hub.publish(latest(3))

    asyncio.run(run())
    assert encoded == [2]


def test_viewer_that_never_credits_gets_nothing() -> None:
    async def run() -> None:
        hub = Hub()
        viewer = hub.join()
        viewer.show("door")
        waiting = asyncio.ensure_future(viewer.next())
        for seq in range(10):
            hub.publish(latest(seq))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert not hub.wanted("door")
        hub.leave(viewer)
        assert await soon(waiting) == b""

    asyncio.run(run())


def test_same_picture_is_not_sent_twice_and_another_stream_comes_at_once() -> None:
    async def run() -> None:
        hub = Hub()
        hub.publish(latest(1))
        hub.publish(latest(8, stream="yard"))
        viewer = hub.join()
        viewer.credit(2)
        viewer.show("door")
        assert seq_of(await soon(viewer.next())) == 1
        again = asyncio.ensure_future(viewer.next())
        await asyncio.sleep(0)
        assert not again.done()
        viewer.show("yard")
        assert seq_of(await soon(again)) == 8

    asyncio.run(run())


def test_pictures_published_in_a_thread_wake_the_viewer() -> None:
    async def run() -> None:
        hub = Hub()
        viewer = hub.join()
        viewer.show("door")
        viewer.credit(1)
        waiting = asyncio.ensure_future(viewer.next())
        await asyncio.sleep(0)
        threading.Thread(target=hub.publish, args=(latest(5),)).start()
        assert seq_of(await soon(waiting)) == 5

    asyncio.run(run())


@pytest.mark.parametrize("n", [0, -1, 5])
def test_credit_is_bounded(n: int) -> None:
    async def run() -> None:
        viewer = Hub().join()
        for _ in range(5):
            viewer.credit(4)
        assert viewer.credits == 4
        with pytest.raises(ObservationError, match="1 to 4"):
            viewer.credit(n)

    asyncio.run(run())


def test_forgotten_picture_is_not_shown() -> None:
    hub = Hub()
    hub.publish(latest(1))
    hub.forget("door")
    assert hub.newest("door") is None


def test_thousand_joins_and_leaves_leave_nothing() -> None:
    async def run() -> tuple[int, int]:
        hub, sizes = Hub(), []
        for n in range(1_000):
            viewer = hub.join()
            viewer.show("door")
            if n % 3 == 0:
                viewer.credit(2)
                hub.publish(latest(n))
                await soon(viewer.next())
            if n % 2:  # leaves while it waits
                waiting = asyncio.ensure_future(viewer.next())
                await asyncio.sleep(0)
                waiting.cancel()
            hub.leave(viewer)
            if n in (99, 999):
                await asyncio.sleep(0)
                gc.collect()
                sizes.append(len(gc.get_objects()))
        assert hub.viewers == 0
        assert len(asyncio.all_tasks()) == 1
        return sizes[0], sizes[1]

    early, late = asyncio.run(run())
    assert late - early < 50


def test_publishing_after_the_loop_is_closed_does_no_harm() -> None:
    hub = Hub()

    async def run() -> None:
        viewer = hub.join()
        viewer.show("door")
        viewer.credit(1)

    asyncio.run(run())
    hub.publish(latest(1))
    newest = hub.newest("door")
    assert newest is not None and newest.seq == 1
