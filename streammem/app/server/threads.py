"""The threads beside the server's event loop: few, however much comes and however many cores there are.

Work with pictures has threads that wait for nothing but a core. What may wait for long (a disk, a name server, the birth
of a process) has others, so that pictures go on. Sources have threads of their own (`capture`): a driver that hangs
holds none of these. Routes are coroutines, so that frameworks' own threads, forty of them, are not used.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import anyio.to_thread

__all__ = ["PICTURES", "WAITS", "bound_waits", "picture_threads"]

PICTURES = 4  # JPEGs made and frames handed over at once, milliseconds each; more would only share the cores
WAITS = 8  # a write beside the store, the engine's start and end, a look-up or two for each webhook


def picture_threads() -> ThreadPoolExecutor:
    """Threads for work with pictures, made as they are needed."""
    return ThreadPoolExecutor(PICTURES, thread_name_prefix="picture")


def bound_waits(loop: asyncio.AbstractEventLoop) -> None:
    """Have `asyncio.to_thread`, look-ups of names and whatever a framework runs in threads use few of them."""
    loop.set_default_executor(ThreadPoolExecutor(WAITS, thread_name_prefix="wait"))
    anyio.to_thread.current_default_thread_limiter().total_tokens = WAITS
