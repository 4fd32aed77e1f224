"""What a process of the engine may run in place of a memory: it says hello, and then never a word."""

import threading
from multiprocessing.connection import Connection

HELLO = {"streams": {}, "followed": [], "capabilities": {}}


def hang(_settings: object, pipe: Connection, _bell: Connection) -> None:
    """Greet and hang."""
    pipe.send(("hello", HELLO))
    threading.Event().wait()
