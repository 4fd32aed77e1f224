"""Gymnasium environments and synthetic rooms, as streams."""

if __name__ != "streammem.envs":
    raise ImportError("envs/ is a part of streammem: write 'import streammem.envs'")

from streammem.envs.room import Room
from streammem.envs.room_source import DepthFaults, Happening, Passer, RoomSource

__all__ = ["DepthFaults", "Happening", "Passer", "Room", "RoomSource"]
