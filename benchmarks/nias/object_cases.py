"""Objects as patch features: every cell of every frame, and of each probe the cells that its box covers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.cases import Library, Track
from benchmarks.nias.object_streams import ObjectProbe, ObjectStream, object_probes, object_stream
from benchmarks.nias.streams import StreamConfig
from streammem.perception.encoders import open_encoder
from streammem.types import BoundingBox

__all__ = ["GRID", "ObjectCase", "cell_middle", "cells_in", "describe", "object_case"]

GRID = (9, 16)  # lite on 288x512


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectCase:
    """One seed's stream: cells (n, 144, 1280) in half precision on disk; of each probe the cells that its box covers."""

    shown: ObjectStream
    times: NDArray[np.float64]
    cells: NDArray[np.float16]
    probes: tuple[ObjectProbe, ...]
    asked: tuple[NDArray[np.float32], ...]


def object_case(
    library: Library, config: StreamConfig, seed: int, *, progress: Track = lambda items, _label, _n: items
) -> ObjectCase:
    """Compose and encode; what is slow is cached."""
    shown = object_stream(config, library.clips(config.size), seed)
    probes = tuple(object_probes(shown))
    place = library.place("objects", asdict(config), seed)
    cells = place.with_suffix(".npy")
    if not place.exists():
        _encode(shown, probes, cells, place, progress)
    with np.load(place) as kept:
        whole = kept["probes"]
    asked = tuple(whole[i][cells_in(probe.box)].astype(np.float32) for i, probe in enumerate(probes))
    return ObjectCase(
        shown=shown, times=shown.times, cells=np.load(cells, mmap_mode="r"), probes=probes, asked=asked
    )


def _encode(
    shown: ObjectStream, probes: Iterable[ObjectProbe], cells: Path, place: Path, progress: Track
) -> None:
    lite = open_encoder("lite", size=(GRID[0] * 32, GRID[1] * 32))
    n = len(shown.times)
    out = np.lib.format.open_memmap(cells, "w+", np.float16, (n, GRID[0] * GRID[1], 1280))
    for i in progress(range(n), f"encode objects, seed {shown.stream.seed}", n):
        out[i] = lite.encode([shown.picture(i)[0]])[0].spaces["patch"].numpy()
    out.flush()
    asked = [lite.encode([probe.picture])[0].spaces["patch"].numpy().astype(np.float16) for probe in probes]
    np.savez(place, probes=np.stack(asked))


def describe(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The classic descriptor of a part of a picture."""
    features: NDArray[np.float32] = open_encoder("classic").encode([picture])[0].spaces["pixel"].numpy()[0]
    return features


def cell_middle(cell: int) -> tuple[float, float]:
    """The middle of a cell, as shares of the picture's width and height."""
    return (cell % GRID[1] + 0.5) / GRID[1], (cell // GRID[1] + 0.5) / GRID[0]


def cells_in(box: BoundingBox) -> NDArray[np.int64]:
    """Cells whose middle the box covers; the nearest one for a box that covers none."""
    rows = (np.arange(GRID[0]) + 0.5) / GRID[0]
    columns = (np.arange(GRID[1]) + 0.5) / GRID[1]
    inside = np.outer(
        (rows >= box.top) & (rows <= box.bottom), (columns >= box.left) & (columns <= box.right)
    )
    if not inside.any():
        y, x = (box.top + box.bottom) / 2, (box.left + box.right) / 2
        inside[min(int(y * GRID[0]), GRID[0] - 1), min(int(x * GRID[1]), GRID[1] - 1)] = True
    return np.flatnonzero(inside.ravel())
