"""Gymnasium environments, synthetic rooms, and wrappers that join them and the memory.

Importing this makes the apartment's tasks known to Gymnasium: `gymnasium.make("streammem/Recall-v0")`. Everything else
loads on first use.
"""

if __name__ != "streammem.envs":
    raise ImportError("envs/ is a part of streammem: write 'import streammem.envs'")

from importlib import import_module
from typing import TYPE_CHECKING

from streammem.envs.tasks.registration import register

if TYPE_CHECKING:
    from streammem.envs.room import Room
    from streammem.envs.room_source import DepthFaults, Happening, Passer, RoomSource
    from streammem.envs.wrappers import MemoryObservation, ObservationSource, RecordStream

_HOMES = {
    "DepthFaults": "streammem.envs.room_source",
    "Happening": "streammem.envs.room_source",
    "MemoryObservation": "streammem.envs.wrappers",
    "ObservationSource": "streammem.envs.wrappers",
    "Passer": "streammem.envs.room_source",
    "RecordStream": "streammem.envs.wrappers",
    "Room": "streammem.envs.room",
    "RoomSource": "streammem.envs.room_source",
}

__all__ = [
    "DepthFaults",
    "Happening",
    "MemoryObservation",
    "ObservationSource",
    "Passer",
    "RecordStream",
    "Room",
    "RoomSource",
]

register()


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'streammem.envs' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
