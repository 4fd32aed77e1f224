"""Settings of the object layer, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from streammem.errors import ObservationError

__all__ = ["ObjectsConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectsConfig:
    """What counts as an object, as a move and as gone.

    `labels` says what a label is: an "instance" is one thing wherever it is seen, a "semantic" label is a class
    whose connected parts are things. Labels in `ignore` are nothing's (the number of walls and floors, say). Where
    no labels come, `cluster` groups surface voxels by connectivity, colour and feature.
    """

    labels: Literal["instance", "semantic"] = "instance"
    ignore: tuple[int, ...] = ()
    cluster: bool = True
    most_objects: int = 2000
    most_changes: int = 2000
    places: int = 8  # kept of one object
    views: int = 6  # best frames kept of one object
    min_voxels: int = 4  # fewer are no object
    confirm: int = 3  # sightings at one place before an object is told of
    lasting: int = 6  # what goes and was never seen so often at one place was a passer-by
    moved_m: float = 0.12  # a shorter way is no move
    loose_voxels: int = 12  # connected surface of no object that goes at once is told of from here on
    stood_s: float = 0.5  # if it had been seen for so long
    vanished: float = 0.35  # share of an object's voxels that may be left when it is said to be gone
    reunite_s: float = 600.0  # how long what vanished is looked for elsewhere
    alike: float = 0.8  # cosine between the features of what may be the same thing
    colour: float = 40.0  # and the distance of its colours, of 255
    every: int = 6  # frames between two passes of clustering where little changed
    cluster_voxels: int = 8  # smallest cluster
    plane_m: float = 0.5  # a plane of this extent is a table top, a seat, a board: things may stand on it
    thing_m: float = 0.6  # what stands on a plane is a thing of its own up to this extent
    structure_m: float = 2.2  # a plane or cluster of this extent is structure, no object: floor, wall
    edge_colour: float = (
        442.0  # neighbouring voxels of one cluster differ by less; 442 is from black to white
    )
    edge_feature: float = 0.5  # and their features have at least this cosine

    def __post_init__(self) -> None:
        if self.labels not in ("instance", "semantic"):
            raise ObservationError(f"labels are 'instance' or 'semantic', got {self.labels!r}")
        for name in ("most_objects", "most_changes", "places", "views", "min_voxels", "confirm", "lasting"):
            _at_least(name, getattr(self, name), 1)
        for name in ("every", "cluster_voxels", "loose_voxels"):
            _at_least(name, getattr(self, name), 1)
        for name in (
            "moved_m",
            "reunite_s",
            "plane_m",
            "thing_m",
            "structure_m",
            "colour",
            "edge_colour",
            "stood_s",
        ):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ObservationError(f"{name} must be a positive number, got {value}")
        if not 0 <= self.vanished < 1:
            raise ObservationError(f"vanished is a share from 0 up to 1, got {self.vanished}")
        for name in ("alike", "edge_feature"):
            if not -1 <= getattr(self, name) <= 1:
                raise ObservationError(f"{name} is a cosine from -1 to 1, got {getattr(self, name)}")


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ObservationError(f"{name} must be at least {least}, got {value}")
