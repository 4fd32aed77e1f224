"""OctoMap's binary files (`.bt`): occupied and free voxels, one bit of certainty, that its tools read.

The format (Hornung et al. 2013, "OctoMap", section 3.4; `OcTree::writeBinary`): a text header, then the inner nodes
depth first, two bytes each, two bits for each of eight children, child 0 in the lowest: 0 unknown, 1 free,
2 occupied, 3 has children. Bit 0 of a child's number is x, bit 1 y, bit 2 z. A tree has 16 levels below its root;
the voxel at key (32768, 32768, 32768) has the world's origin at its lower corner. Eight leaves that agree are one
leaf a level higher.

Depth first is the order of the nodes' codes, shorter codes first, so writing is one sort. Reading rests on prefix
sums: with c children of its own, a node moves the count of nodes still to come by c - 1, and its subtree ends where
that count first falls below where it was.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64, UInt16

from streammem.errors import ObservationError, StoreDamagedError, StoreNotFoundError
from streammem.spatial.whole_file import write_whole

__all__ = ["BtMap", "read_bt", "write_bt"]

LEVELS = 16
CENTRE = 1 << (LEVELS - 1)
FREE, OCCUPIED, INNER = 1, 2, 3
ALL_FREE, ALL_OCCUPIED = 0x5555, 0xAAAA
FIRST_LINE = "# Octomap OcTree binary file"
HEADER_BYTES = 4096  # the longest header that is looked through
MOST_VOXELS = 20_000_000


class BtMap(NamedTuple):
    """What a `.bt` file holds: the centres of its voxels, metres, in the order of their codes."""

    occupied: Float64[np.ndarray, "_ 3"]
    free: Float64[np.ndarray, "_ 3"]
    voxel_m: float


def write_bt(
    path: str | Path,
    occupied: Float[np.ndarray, "_ 3"],
    free: Float[np.ndarray, "_ 3"],
    voxel_m: float,
) -> None:
    """Write voxels by their centres (or any point in them); what is both counts as occupied.

    The file takes the place of an older one only once it is complete.

    Raises:
        ObservationError: if the voxel size is no length, or a point is not finite or more than 32768 voxels from the
            origin.
        OSError: if the file cannot be written.
    """
    if not (math.isfinite(voxel_m) and voxel_m > 0):
        raise ObservationError(f"a voxel has a size above 0 m, got {voxel_m}")
    occupied_codes = np.unique(_codes(occupied, voxel_m))
    free_codes = np.setdiff1d(_codes(free, voxel_m), occupied_codes)
    words, nodes = _tree(occupied_codes, free_codes)
    header = f"{FIRST_LINE}\n# written by streammem\nid OcTree\nsize {nodes}\nres {voxel_m!r}\ndata\n"
    write_whole(Path(path), header.encode() + words.astype("<u2").tobytes())


def read_bt(path: str | Path, *, most_voxels: int = MOST_VOXELS) -> BtMap:
    """Read a `.bt` file, large leaves as the voxels that they stand for.

    Raises:
        StoreNotFoundError: if there is no such file.
        StoreDamagedError: if it is no such file, or broken, or stands for more than `most_voxels` voxels.
    """
    path = Path(path)
    if not path.is_file():
        raise StoreNotFoundError(f"there is no file {path}")
    content = path.read_bytes()
    nodes, voxel_m, start = _header(content, path)
    body = content[start:]
    if len(body) % 2:
        raise StoreDamagedError(f"{path} ends in the middle of a node: it was cut off, copy it again")
    leaves = _leaves(np.frombuffer(body, "<u2"), nodes, path)
    count = sum(len(codes) << 3 * (LEVELS - level) for level, _, codes in leaves)
    if count > most_voxels:
        raise StoreDamagedError(
            f"{path} stands for {count} voxels of {voxel_m} m, more than {most_voxels}: "
            "if that is meant, raise most_voxels"
        )
    occupied, free = (
        np.sort(
            np.concatenate([np.zeros(0, np.int64), *(_spread(*leaf) for leaf in leaves if leaf[1] == state)])
        )
        for state in (OCCUPIED, FREE)
    )
    return BtMap(_centres(occupied, voxel_m), _centres(free, voxel_m), voxel_m)


def _spread(level: int, _: int, codes: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " _"]:
    """The voxels that leaves of a level stand for."""
    below = 3 * (LEVELS - level)
    return np.asarray(((codes[:, None] << below) + np.arange(1 << below)).reshape(-1))


def _codes(points: Float[np.ndarray, "n 3"], voxel_m: float) -> Int64[np.ndarray, " n"]:
    """48-bit Morton codes, x in the lowest bit."""
    keys = np.floor(np.asarray(points, np.float64) / voxel_m) + CENTRE
    if not ((keys >= 0) & (keys < 2 * CENTRE)).all():  # NaN fails as well
        raise ObservationError(
            f"a .bt file reaches {CENTRE * voxel_m:g} m from the origin at voxels of {voxel_m} m, "
            "and a point is not finite or beyond that: leave it out or take larger voxels"
        )
    spread = keys.astype(np.int64)
    for shift, mask in ((16, 0x0000FF0000FF), (8, 0x00F00F00F00F), (4, 0x0C30C30C30C3), (2, 0x249249249249)):
        spread = (spread | spread << shift) & mask
    return np.asarray(spread[:, 0] | spread[:, 1] << 1 | spread[:, 2] << 2)


def _centres(codes: Int64[np.ndarray, " n"], voxel_m: float) -> Float64[np.ndarray, "n 3"]:
    keys = np.stack([codes, codes >> 1, codes >> 2], axis=1) & 0x249249249249
    for shift, mask in ((2, 0x0C30C30C30C3), (4, 0x00F00F00F00F), (8, 0x0000FF0000FF), (16, 0x00000000FFFF)):
        keys = (keys | keys >> shift) & mask
    return np.asarray((keys - CENTRE + 0.5) * voxel_m)


def _tree(
    occupied: Int64[np.ndarray, " _"], free: Int64[np.ndarray, " _"]
) -> tuple[UInt16[np.ndarray, " _"], int]:
    """The inner nodes depth first, and how many nodes there are in all."""
    codes = np.concatenate([occupied, free])
    if not len(codes):
        return np.zeros(0, np.uint16), 0
    states = np.repeat(np.array([OCCUPIED, FREE], np.uint16), (len(occupied), len(free)))
    order = np.argsort(codes)
    codes, states = codes[order], states[order]
    places, inner, nodes = [], [], 1
    for level in range(LEVELS - 1, -1, -1):
        first = np.flatnonzero(np.diff(codes >> 3, prepend=-1))
        bits = states << (2 * (codes & 7)).astype(np.uint16)
        words = np.bitwise_or.reduceat(bits, first)
        sizes = np.diff(first, append=len(codes))
        codes = codes[first] >> 3
        states = np.full(len(codes), INNER, np.uint16)
        if level:  # the root always has children
            states[words == ALL_FREE] = FREE
            states[words == ALL_OCCUPIED] = OCCUPIED
        split = states == INNER
        nodes += int(sizes[split].sum())
        places.append((codes[split] << 3 * (LEVELS - level)) * 32 + level)
        inner.append(words[split])
    return np.concatenate(inner)[np.argsort(np.concatenate(places))], nodes


def _header(content: bytes, path: Path) -> tuple[int, float, int]:
    """Nodes, voxel size, and where the data starts."""
    head = content[:HEADER_BYTES]
    if not head.startswith(FIRST_LINE.encode()):
        raise StoreDamagedError(f"{path} is no .bt file: its first line should be {FIRST_LINE!r}")
    end = head.find(b"\ndata\n")
    if end < 0:
        raise StoreDamagedError(
            f"{path} has no line 'data' in its first {HEADER_BYTES} bytes: its header is broken"
        )
    lines = head[:end].decode("ascii", "replace").splitlines()
    fields = dict(line.split(None, 1) for line in lines if len(line.split(None, 1)) == 2 and line[0] != "#")
    kind = fields.get("id", "").strip()
    if kind != "OcTree":
        raise StoreDamagedError(f"{path} holds a tree of kind {kind!r}; only 'OcTree' can be read")
    try:
        nodes, voxel_m = int(fields["size"]), float(fields["res"])
    except (KeyError, ValueError) as error:
        raise StoreDamagedError(f"{path}: its header needs numbers for size and res ({error})") from error
    if not (nodes >= 0 and math.isfinite(voxel_m) and voxel_m > 0):
        raise StoreDamagedError(f"{path}: its header says {nodes} nodes of {voxel_m} m, which cannot be")
    return nodes, voxel_m, end + len(b"\ndata\n")


def _leaves(
    words: UInt16[np.ndarray, " n"], nodes: int, path: Path
) -> list[tuple[int, int, Int64[np.ndarray, " _"]]]:
    """Level, state and codes of all leaves, from the inner nodes depth first."""
    if not len(words):
        if nodes == 0:
            return []
        raise StoreDamagedError(
            f"{path} should hold {nodes} nodes and holds none: it was cut off, copy it again"
        )
    states = words[:, None] >> np.arange(0, 16, 2, dtype=np.uint16) & 3
    ends = _ends((states == INNER).sum(axis=1), path)
    if 1 + int((states != 0).sum()) != nodes:
        raise StoreDamagedError(
            f"{path} should hold {nodes} nodes and holds {1 + int((states != 0).sum())}: it is damaged"
        )
    leaves: list[tuple[int, int, Int64[np.ndarray, " _"]]] = []
    at, codes = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for level in range(1, LEVELS + 1):
        next_at, next_codes, cursor = [], [], at + 1
        for child in range(8):
            state, here = states[at, child], codes * 8 + child
            leaves += [
                (level, kind, here[state == kind]) for kind in (FREE, OCCUPIED) if (state == kind).any()
            ]
            deeper = np.flatnonzero(state == INNER)
            next_at.append(cursor[deeper])
            next_codes.append(here[deeper])
            cursor[deeper] = ends[cursor[deeper]]
        at, codes = np.concatenate(next_at), np.concatenate(next_codes)
    if len(at):
        raise StoreDamagedError(f"{path} has more than {LEVELS} levels: it is damaged")
    return leaves


def _ends(children: Int64[np.ndarray, " n"], path: Path) -> Int64[np.ndarray, " n"]:
    """Where the subtree of each node ends, given how many inner children each has, depth first."""
    to_come = np.concatenate([[1], 1 + np.cumsum(children - 1)])  # nodes still to come, before each node
    if to_come[-1] != 0 or (to_come[:-1] < 1).any():
        raise StoreDamagedError(
            f"{path} has {'too few' if to_come[-1] > 0 else 'too many'} bytes for its tree: it was cut off or damaged"
        )
    place = np.arange(len(to_come), dtype=np.int64)
    keys = to_come * len(to_come) + place
    order = np.argsort(keys)
    found = np.searchsorted(keys[order], (to_come[:-1] - 1) * len(to_come) + place[:-1])
    return np.asarray(order[found])
