"""Threads beside the event loop: few, and what hangs in some leaves the others free."""

import asyncio
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction

import anyio.to_thread
import httpx
import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from live_parts import Server
from live_sources import PATIENCE_S

from streammem.app import server
from streammem.app.server.hub import Hub
from streammem.app.server.page_files import page_router
from streammem.app.server.threads import PICTURES, WAITS, bound_waits


def calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for part in dependant.dependencies:
        yield from calls(part)


def routers() -> list[APIRouter]:
    """Of every module that has one."""
    names = [module.name for module in pkgutil.iter_modules(server.__path__, f"{server.__name__}.")]
    found = [getattr(importlib.import_module(name), "router", None) for name in names]
    return [page_router({}), *(router for router in found if isinstance(router, APIRouter))]


def test_no_route_is_run_in_a_frameworks_threads() -> None:
    routes = [
        route
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute | APIWebSocketRoute)
    ]
    assert len(routes) > 25
    found = [call for route in routes for call in calls(route.dependant)]
    assert [call for call in found if not iscoroutinefunction(call)] == []


def test_no_answer_is_given_in_a_frameworks_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []

    async def run_sync(function: Callable[..., object], *arguments: object, **_: object) -> object:
        ran.append(function)
        return function(*arguments)

    async def scene() -> list[int]:
        transport = httpx.ASGITransport(Server().app)
        async with httpx.AsyncClient(transport=transport, base_url="http://live") as client:
            answers = [
                await client.get("/api/state"),
                await client.post("/api/find", json={"text": "bicycle"}),
                await client.post("/api/find", json={"text": 3}),
                await client.get("/api/streams/nobody/latest.jpg"),
                await client.get("/page/nothing.js"),
                await client.get("/api/openapi.json"),
            ]
        return [answer.status_code for answer in answers]

    monkeypatch.setattr(anyio.to_thread, "run_sync", run_sync)
    assert asyncio.run(scene()) == [200, 200, 422, 404, 404, 200]
    assert ran == []


class Gate:
    """Holds up threads, and counts those that it holds at once."""

    def __init__(self, full: int) -> None:
        self.open, self.full = threading.Event(), threading.Event()
        self._most, self.inside, self._lock = full, 0, threading.Lock()

    def wait(self) -> None:
        with self._lock:
            self.inside += 1
            if self.inside == self._most:
                self.full.set()
        assert self.open.wait(PATIENCE_S)


def test_waits_are_few_and_leave_pictures_free() -> None:
    async def scene() -> None:
        bound_waits(asyncio.get_running_loop())
        assert anyio.to_thread.current_default_thread_limiter().total_tokens == WAITS
        hub, gate = Hub(), Gate(WAITS)
        waiting = [asyncio.create_task(asyncio.to_thread(gate.wait)) for _ in range(5 * WAITS)]
        assert await hub.work(gate.full.wait, PATIENCE_S)  # as many as there may be hang
        threads = await asyncio.gather(*(hub.work(threading.get_ident) for _ in range(50)))
        assert 1 <= len(set(threads)) <= PICTURES and threading.get_ident() not in threads
        assert gate.inside == WAITS
        gate.open.set()
        await asyncio.gather(*waiting)

    asyncio.run(asyncio.wait_for(scene(), 20))
