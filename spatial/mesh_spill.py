"""Blocks of a mesh that wait on disk, a file for each region of 4x4x4 blocks."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32, UInt16

from streammem.errors import StoreDamagedError

__all__ = ["Blocks", "Spill"]

REGION = 4  # blocks along a region: at 2 cm, 1.3 m and at most 3 MB


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """Distances (in truncations), weights and colours of the voxels of some blocks, with a key of three integers each."""

    key: Int32[np.ndarray, "n 3"]
    tsdf: Float32[np.ndarray, "n s s s 1"]
    weight: UInt16[np.ndarray, "n s s s 1"]
    colour: UInt16[np.ndarray, "n s s s 3"]

    def at(self, rows: np.ndarray) -> Blocks:
        """Some of them."""
        return Blocks(
            key=self.key[rows], tsdf=self.tsdf[rows], weight=self.weight[rows], colour=self.colour[rows]
        )


def fused(one: Blocks, other: Blocks) -> Blocks:
    """All blocks of both; those with the same key become their mean by weight."""
    keys, place = np.unique(np.concatenate([one.key, other.key]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    shape = (len(keys), *one.tsdf.shape[1:4])
    tsdf, weight = np.zeros((*shape, 1), np.float32), np.zeros((*shape, 1), np.float32)
    colour = np.zeros((*shape, 3), np.float32)
    start = 0
    for part in (one, other):  # within a part keys are unique, so that plain indexing adds each once
        rows = place[start : start + len(part.key)]
        part_weight = part.weight.astype(np.float32)
        weight[rows] += part_weight
        tsdf[rows] += part.tsdf * part_weight
        colour[rows] += part.colour * part_weight
        start += len(part.key)
    share = 1 / np.maximum(weight, 1)
    return Blocks(
        key=keys.astype(np.int32),
        tsdf=tsdf * share,
        weight=np.minimum(weight, np.iinfo(np.uint16).max).astype(np.uint16),
        colour=np.rint(colour * share).astype(np.uint16),
    )


class Spill:
    """A folder of its own inside the given one, removed by `close`. `regions` says which have a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="mesh-", dir=folder)
        self.regions: set[tuple[int, int, int]] = set()

    def close(self) -> None:
        """Remove the folder and what is in it."""
        self._folder.cleanup()
        self.regions.clear()

    def put(self, blocks: Blocks) -> None:
        """Write blocks; a region that has a file already is fused with it, so that a block is on disk at most once."""
        regions, place = np.unique(blocks.key // REGION, axis=0, return_inverse=True)
        for number, corner in enumerate(regions):
            region = (int(corner[0]), int(corner[1]), int(corner[2]))
            part = blocks.at(np.flatnonzero(place.reshape(-1) == number))
            if region in self.regions:
                part = fused(self._read(region), part)
            np.savez(self._path(region), key=part.key, tsdf=part.tsdf, weight=part.weight, colour=part.colour)
            self.regions.add(region)

    def fused_with(self, blocks: Blocks) -> Blocks:
        """These blocks and all on disk."""
        parts = [self._read(region) for region in sorted(self.regions)]
        spilled = Blocks(
            key=np.concatenate([part.key for part in parts]),
            tsdf=np.concatenate([part.tsdf for part in parts]),
            weight=np.concatenate([part.weight for part in parts]),
            colour=np.concatenate([part.colour for part in parts]),
        )
        return fused(spilled, blocks)

    def _path(self, region: tuple[int, int, int]) -> Path:
        return Path(self._folder.name) / "{}_{}_{}.npz".format(*region)

    def _read(self, region: tuple[int, int, int]) -> Blocks:
        path = self._path(region)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                return Blocks(
                    key=held["key"], tsdf=held["tsdf"], weight=held["weight"], colour=held["colour"]
                )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise StoreDamagedError(
                f"{path}, a spilled part of the mesh, cannot be read ({error}): fuse the frames again"
            ) from error
