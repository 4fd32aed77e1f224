"""A browser's camera: credit for pictures, nonsense survived, one that is replaced or stopped is told."""

import asyncio
import random
import struct

from live_parts import Server, Socket, picture


def frame(captured_s: float = 1.7e9, jpeg: bytes | None = None) -> bytes:
    return struct.pack("<d", captured_s) + (picture() if jpeg is None else jpeg)


def lending(talk) -> None:
    """Run a conversation with a server that `phone` has just been opened at."""

    async def run() -> None:
        server = Server()
        socket = Socket(server.app, "/api/camera", "stream=phone")
        assert await socket.hear() == {"type": "credit", "n": 2}
        await talk(server, socket)
        assert not server.streams.feeds[-1].open
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_each_picture_that_was_taken_gives_credit() -> None:
    async def talk(server: Server, socket: Socket) -> None:
        for n in range(3):
            socket.say(frame(1.7e9 + n))
            assert await socket.hear() == {"type": "credit", "n": 1}
        assert server.streams.feeds[0].frames[-1] == ((24, 32, 3), 1.7e9 + 2)
        await socket.leave()

    lending(talk)


def test_what_is_no_picture_is_answered_with_the_reason_and_credit() -> None:
    async def talk(server: Server, socket: Socket) -> None:
        for wrong in (b"", b"1234567", b"12345678", frame(jpeg=b"no picture"), frame(float("nan")), "text"):
            socket.say(wrong)
            assert (await socket.hear())["type"] == "error"
            assert await socket.hear() == {"type": "credit", "n": 1}
        socket.say(frame())
        assert await socket.hear() == {"type": "credit", "n": 1}
        await socket.leave(abort=True)

    lending(talk)


def test_only_streams_of_the_configuration_take_a_camera() -> None:
    async def talk() -> None:
        server = Server()
        for name in ("door", "window", ""):
            socket = Socket(server.app, "/api/camera", f"stream={name}")
            assert "these do: phone" in (await socket.hear())["message"]
            assert await socket.until_closed() == 1008
            await asyncio.wait_for(socket.task, 5)
        assert server.streams.feeds == []

    asyncio.run(talk())


def test_who_is_replaced_or_stopped_is_told() -> None:
    async def talk(server: Server, socket: Socket) -> None:
        server.streams.feeds[-1].open = False
        socket.say(frame())
        assert await socket.until_closed() == 1001
        await asyncio.wait_for(socket.task, 5)

    lending(talk)


def test_hostile_pictures_do_no_harm() -> None:
    async def talk(server: Server, socket: Socket) -> None:
        await socket.leave()
        rng, whole = random.Random(3), frame()
        for _ in range(60):
            socket = Socket(server.app, "/api/camera", "stream=phone")
            for _ in range(8):
                body = bytearray(whole[: rng.randrange(len(whole))])
                for _ in range(rng.randrange(4)):
                    if body:
                        body[rng.randrange(len(body))] = rng.randrange(256)
                socket.say(bytes(body))
            await socket.hear()
            await socket.leave(abort=rng.random() < 0.5)
        socket = Socket(server.app, "/api/camera", "stream=phone")
        assert await socket.hear() == {"type": "credit", "n": 2}
        socket.say(frame())
        assert await socket.hear() == {"type": "credit", "n": 1}  # a good one is taken as ever
        await socket.leave()

    lending(talk)
