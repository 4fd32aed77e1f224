"""A streaming multimodal memory: live, bounded, queryable.

The names below load on first use, so that `import streammem` and `streammem --help` are instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streammem.app.client import LiveClient, connect
    from streammem.config import MemoryConfig
    from streammem.heads.segmentation import SegmentationHead
    from streammem.heads.tracking import TrackingConfig
    from streammem.memory.spatial_config import SpatialConfig
    from streammem.perception.encoders import open_encoder
    from streammem.perception.networks.opening import open_network
    from streammem.perception.sources import open_source
    from streammem.stream import StreamMemory
    from streammem.types import (
        BoundingBox,
        Box,
        Changes,
        Event,
        Evidence,
        Interval,
        Intrinsics,
        Observation,
        Query,
        Readout,
        Sphere,
    )

__version__ = "0.1.0"

_HOMES = {
    "LiveClient": "streammem.app.client",
    "connect": "streammem.app.client",
    "open_encoder": "streammem.perception.encoders",
    "open_source": "streammem.perception.sources",
    "open_network": "streammem.perception.networks.opening",
    "MemoryConfig": "streammem.config",
    "SegmentationHead": "streammem.heads.segmentation",
    "SpatialConfig": "streammem.memory.spatial_config",
    "TrackingConfig": "streammem.heads.tracking",
    "StreamMemory": "streammem.stream",
    "BoundingBox": "streammem.types",
    "Box": "streammem.types",
    "Changes": "streammem.types",
    "Event": "streammem.types",
    "Evidence": "streammem.types",
    "Interval": "streammem.types",
    "Intrinsics": "streammem.types",
    "Observation": "streammem.types",
    "Query": "streammem.types",
    "Readout": "streammem.types",
    "Sphere": "streammem.types",
}

__all__ = [
    "BoundingBox",
    "Box",
    "Changes",
    "Event",
    "Evidence",
    "Interval",
    "Intrinsics",
    "LiveClient",
    "MemoryConfig",
    "Observation",
    "Query",
    "Readout",
    "SegmentationHead",
    "SpatialConfig",
    "Sphere",
    "StreamMemory",
    "TrackingConfig",
    "connect",
    "open_encoder",
    "open_network",
    "open_source",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'streammem' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
