"""The landmark graph: places where the camera has been, joined by the ways that it went.

Mem4Nav (He et al. 2025) adds a node where an embedding is far from all others and joins successive nodes by an edge
whose cost is a distance. Here a place is a keyframe: new by distance, by turn, or by look; one that is near an old
keyframe is that place again, which closes loops; a pose that jumps makes no edge. The number of places is bounded: the
one whose absence changes routes least is merged into its neighbour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from streammem.budget import Part, share_out
from streammem.errors import ObservationError, OrderError, PlaceError, StoreDamagedError
from streammem.interface import State
from streammem.poses import check_pose, inverse
from streammem.spatial.landmarks.config import LandmarksConfig
from streammem.spatial.landmarks.record import Landmark, Visit, columns, record
from streammem.spatial.landmarks.routes import Ends, Sees, cheapest, near
from streammem.spatial.landmarks.ways import COLUMNS as EDGE_COLUMNS
from streammem.spatial.landmarks.ways import Ways, turns_between
from streammem.token_table import TokenTable
from streammem.types import Route

__all__ = ["Landmark", "Landmarks", "Visit"]

_COUNTS = ("next", "current", "jumps", "merged", "isolated", "edges")
_ISOLATED = 4.0  # what a place without a way hurts to lose, in radii

End = int | Sequence[float] | Float64[np.ndarray, " 3"]  # a place or a point


class Landmarks:
    """Places and ways, within a number of bytes that is never exceeded; cost per frame bounded by their number.

    `streams` cameras may go about at the same time; each has its own way, all share the places.
    """

    def __init__(self, config: LandmarksConfig, budget_bytes: int, *, streams: int = 1) -> None:
        self.config = config
        self._last = {
            "pose": np.tile(np.eye(4), (streams, 1, 1)),
            "t_s": np.full(streams, -np.inf),
            "place": np.zeros(streams, np.int64),
        }
        self._fixed = 8 * len(_COUNTS) + sum(array.nbytes for array in self._last.values())
        edge_bytes = TokenTable.row_bytes(EDGE_COLUMNS) * config.edges_per_place
        part = Part(
            row_bytes=TokenTable.row_bytes(columns(config.dim)) + edge_bytes,
            weight=1,
            least=max(4, streams + 2),
            most=max(config.most_places, streams + 2),
        )
        places = share_out(budget_bytes - self._fixed, {"places": part})["places"]
        self._table = TokenTable(columns(config.dim), places)
        self._ways = Ways(places * config.edges_per_place, config.turn_cost_m)
        self._counts = dict.fromkeys(_COUNTS, 0) | {"next": 1}

    def __len__(self) -> int:
        """Places."""
        return len(self._table)

    @property
    def edges(self) -> tuple[Int64[np.ndarray, "n 2"], Float64[np.ndarray, " n"]]:
        """Ids of the places that each edge joins, and its cost."""
        rows = np.flatnonzero(self._ways.table.live)
        ends = np.stack([self._ways.table["low"][rows], self._ways.table["high"][rows]], 1)
        return self._table["id"][ends], self._ways.table["cost"][rows]

    @property
    def current(self) -> int | None:
        """The place of the last frame."""
        return self._counts["current"] or None

    @property
    def counts(self) -> dict[str, int]:
        """Poses that jumped ("jumps"); what went for want of room: places "merged" and "isolated", "edges"."""
        return {name: self._counts[name] for name in _COUNTS[2:]}

    def visit(
        self,
        *,
        frame: int,
        t_s: float,
        world_from_camera: Float64[np.ndarray, "4 4"],
        descriptor: Float32[np.ndarray, " d"] | None = None,
        gap: bool = False,
        stream: int = 0,
    ) -> Visit:
        """The camera of a stream is here now; `gap` says that frames were missed before this one.

        It stays at its place while that is near and looks alike; else it is at the best other place, or at a new one.
        An edge joins the place where it was, unless the pose jumped: faster than the configuration allows, or
        somewhere else after a gap.

        Raises:
            PoseError: if the pose is none.
            OrderError: if time runs backward within the stream.
            ObservationError: if the descriptor has another length, or is no direction.
        """
        pose, look = check_pose(world_from_camera), self._look(descriptor)
        last_s = float(self._last["t_s"][stream])
        if not (math.isfinite(t_s) and t_s >= last_s):
            raise OrderError(f"frame {frame} at {t_s} s follows {last_s} s: sort the frames by time")
        before = self._row(int(self._last["place"][stream]))
        jumped = self._jumped(stream, pose, t_s, gap=gap)
        row = self._match(pose, look, before)
        merged: tuple[tuple[int, int], ...] = ()
        new = row is None
        if row is None:
            merged = self._make_room()
            row = self._add(frame, t_s, pose)
        linked = False
        if before is not None and before != row:
            self._counts["jumps"] += jumped
            if not jumped:
                if self._ways.between(before, row) is None:
                    self._counts["edges"] += self._ways.make_room()
                linked = self._ways.link(before, row, self._table["pose"], t_s, via=None)
        self._table["visits"][row] += before != row
        self._table["last_s"][row] = t_s
        if look is not None:
            self._table["looks"][row] += 1
            mean = self._table["look"]
            mean[row] += (look - mean[row]) / self._table["looks"][row]
        self._counts["current"] = int(self._table["id"][row])
        last = {"pose": pose, "t_s": t_s, "place": self._counts["current"]}
        for name, value in last.items():
            self._last[name][stream] = value
        return Visit(
            place=self._counts["current"],
            new=new,
            linked=linked,
            jumped=jumped and before is not None and before != row,
            merged=merged,
        )

    def locate(
        self,
        world_from_camera: Float64[np.ndarray, "4 4"],
        descriptor: Float32[np.ndarray, " d"] | None = None,
    ) -> int | None:
        """The place of a pose; None if it would be a new one."""
        row = self._match(check_pose(world_from_camera), self._look(descriptor), None)
        return None if row is None else int(self._table["id"][row])

    def recall(self, descriptor: Float32[np.ndarray, " d"], top_k: int = 5) -> list[tuple[int, float]]:
        """Ids of the places that look most like this, with the cosine, best first."""
        look, rows = self._look(descriptor), np.flatnonzero(self._table.live)
        if look is None:
            return []
        scores = self._cosines(look)[rows]
        order = np.lexsort((self._table["id"][rows], -scores))[:top_k]
        return [(int(self._table["id"][rows[at]]), float(scores[at])) for at in order]

    def route(self, start: End, goal: End, sees: Sees | None = None) -> Route | None:
        """The cheapest way from a place or a point to a place or a point; None where none is known.

        From a point, the route starts at the nearest place; where that is not joined to the goal, at another that is
        at most `radius_m` further away. It ends alike; for the goal, those places count from which it is seen, if
        there are any: `sees` says for positions of places whether the goal is in sight. The way to and from points is
        straight, and in the route's points, length and cost. Shortest paths are Dijkstra's.

        Raises:
            PlaceError: if an id is none of a place.
        """
        found = cheapest(self._ways, self._table.high, self._ends(start, None), self._ends(goal, sees))
        if found is None:
            return None
        rows, cost, outside_m = found
        edges = [self._ways.between(one, other) for one, other in pairwise(rows)]
        points = [self._table["pose"][rows, :3, 3]]
        if not isinstance(start, (int, np.integer)):
            points.insert(0, np.asarray(start, np.float64)[None])
        if not isinstance(goal, (int, np.integer)):
            points.append(np.asarray(goal, np.float64)[None])
        return Route(
            places=tuple(self._table["id"][rows].tolist()),
            points=np.concatenate(points),
            length_m=sum(float(self._ways.table["length_m"][edge]) for edge in edges) + outside_m,
            cost=cost,
        )

    def approach(
        self, point: Sequence[float] | Float64[np.ndarray, " 3"], sees: Sees | None = None
    ) -> int | None:
        """The place from which a point is approached best: the nearest that sees it, else the nearest; None without."""
        rows, _ = self._ends(point, sees)
        return int(self._table["id"][rows[0]]) if len(rows) else None

    def repose(
        self, poses: Mapping[int, Float64[np.ndarray, "4 4"]]
    ) -> dict[int, Float64[np.ndarray, "4 4"]]:
        """Keyframes were corrected; returns world_new_from_world_old of each place that is still there.

        Costs of their edges are measured again. Places that were merged meanwhile are passed over.

        Raises:
            PlaceError: if an id never was a place.
            PoseError: if a pose is none; then nothing has changed.
        """
        checked = {id: check_pose(pose) for id, pose in poses.items()}
        for id in checked:
            if not 0 < id < self._counts["next"]:
                raise PlaceError(f"there never was a place {id}: places are 1 to {self._counts['next'] - 1}")
        moves, touched = {}, [np.zeros(0, np.int64)]
        for id, pose in checked.items():
            row = self._row(id)
            if row is None:
                continue
            moves[id] = pose @ inverse(self._table["pose"][row].copy())
            self._table["pose"][row] = pose
            touched.append(self._ways.at(row))
        self._ways.measure(np.unique(np.concatenate(touched)), self._table["pose"])
        for stream, place in enumerate(self._last["place"].tolist()):
            if place in moves:  # the next frame comes in the corrected world: that is no jump
                self._last["pose"][stream] = moves[place] @ self._last["pose"][stream]
        return moves

    def place(self, id: int) -> Landmark:
        """One place.

        Raises:
            PlaceError: if there is none of this id, or none any longer.
        """
        return record(self._table, self._known_row(id))

    def all(self) -> list[Landmark]:
        """All places, oldest first."""
        rows = np.flatnonzero(self._table.live)
        return [record(self._table, row) for row in rows[np.argsort(self._table["id"][rows])].tolist()]

    def nbytes(self) -> int:
        """Bytes of everything kept."""
        return self._table.nbytes() + self._ways.table.nbytes() + self._fixed

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        places = {f"place.{name}": column for name, column in self._table.state().items()}
        edges = {f"edge.{name}": column for name, column in self._ways.table.state().items()}
        last = {f"last.{name}": array.copy() for name, array in self._last.items()}
        return {
            **places,
            **edges,
            **last,
            "counts": np.array([self._counts[name] for name in _COUNTS], np.int64),
        }

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it is not one of a graph with this budget and configuration.
        """
        wanted: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {
            "counts": ((len(_COUNTS),), np.dtype(np.int64))
        }
        wanted |= {f"last.{name}": (array.shape, array.dtype) for name, array in self._last.items()}
        for name, (shape, kind) in wanted.items():
            if name not in state or state[name].shape != shape or state[name].dtype != kind:
                raise StoreDamagedError(
                    f"a landmark graph keeps {name!r} as {kind} of shape {shape}: restore into a memory of "
                    "the same version"
                )
        for prefix, table in (("place.", self._table), ("edge.", self._ways.table)):
            table.restore(
                {
                    name.removeprefix(prefix): column
                    for name, column in state.items()
                    if name.startswith(prefix)
                }
            )
        for name, array in self._last.items():
            array[:] = state[f"last.{name}"]
        self._counts = dict(zip(_COUNTS, state["counts"].tolist(), strict=True))

    def _jumped(self, stream: int, pose: Float64[np.ndarray, "4 4"], t_s: float, *, gap: bool) -> bool:
        """Whether nobody knows how the camera came here."""
        moved = float(np.linalg.norm(pose[:3, 3] - self._last["pose"][stream, :3, 3]))
        passed = t_s - float(self._last["t_s"][stream])
        if gap or passed > self.config.longest_gap_s:
            return True
        return moved > self.config.fastest_m_s * passed + self.config.slack_m

    def _match(
        self, pose: Float64[np.ndarray, "4 4"], look: Float32[np.ndarray, " d"] | None, current: int | None
    ) -> int | None:
        """Row of the place that this is: the current one while it fits, else the best that fits."""
        high = self._table.high
        poses = self._table["pose"][:high]
        far = np.linalg.norm(poses[:, :3, 3] - pose[:3, 3], axis=1) / self.config.radius_m
        turn = turns_between(poses, np.broadcast_to(pose, poses.shape)) / math.radians(self.config.turn_deg)
        fits = self._table.live & (far <= 1) & (turn <= 1)
        if look is not None:
            fits &= (self._table["looks"][:high] == 0) | (self._cosines(look) >= self.config.least_cosine)
        if current is not None and fits[current]:
            return current
        rows = np.flatnonzero(fits)
        order = np.lexsort((self._table["id"][rows], (far + turn)[rows]))
        return int(rows[order[0]]) if len(rows) else None

    def _cosines(self, look: Float32[np.ndarray, " d"]) -> Float32[np.ndarray, " high"]:
        means = self._table["look"][: self._table.high]
        cosines: Float32[np.ndarray, " high"] = means @ look / np.maximum(np.linalg.norm(means, axis=1), 1e-9)
        return cosines

    def _look(self, descriptor: Float32[np.ndarray, " d"] | None) -> Float32[np.ndarray, " d"] | None:
        if descriptor is None or not self.config.dim:
            return None
        length = float(np.linalg.norm(descriptor))
        if descriptor.shape != (self.config.dim,) or not (math.isfinite(length) and length > 0):
            raise ObservationError(
                f"a descriptor is {self.config.dim} finite numbers, not all 0, got shape {descriptor.shape} of length "
                f"{length}: use one encoder throughout"
            )
        return (descriptor / length).astype(np.float32)

    def _add(self, frame: int, t_s: float, pose: Float64[np.ndarray, "4 4"]) -> int:
        row = self._table.allocate()
        self._table["id"][row], self._table["frame"][row] = self._counts["next"], frame
        self._table["pose"][row], self._table["first_s"][row] = pose, t_s
        self._counts["next"] += 1
        return row

    def _make_room(self) -> tuple[tuple[int, int], ...]:
        """If all rows are taken, merge the place that hurts least into its nearest neighbour."""
        if not self._table.full:
            return ()
        hurt = self._ways.hurt(self._table.high)
        hurt[np.isnan(hurt)] = _ISOLATED * self.config.radius_m
        hurt[np.isin(self._table["id"][: len(hurt)], self._last["place"])] = np.inf  # somebody is there
        row = int(np.lexsort((self._table["id"][: len(hurt)], hurt))[0])
        return ((int(self._table["id"][row]), self._merge(row)),)

    def _merge(self, row: int) -> int:
        """A place goes; ways that led through it lead through its nearest neighbour, at their summed cost.

        Of a place between two others, no route between places that remain gets longer or shorter.
        """
        ways, table = self._ways, self._ways.table
        edges = ways.at(row)
        ends, cost, length = ways.other_end(edges, row), table["cost"][edges], table["length_m"][edges]
        last_s = table["last_s"][edges]
        for edge in edges.tolist():
            table.free(edge)
        into = -1
        if len(edges):
            nearest = int(np.lexsort((self._table["id"][ends], cost))[0])
            into = int(self._table["id"][ends[nearest]])
            for at in np.flatnonzero(np.arange(len(ends)) != nearest).tolist():
                via = float(length[nearest] + length[at]), float(cost[nearest] + cost[at])
                ways.link(int(ends[nearest]), int(ends[at]), self._table["pose"], float(last_s[at]), via=via)
        self._table.free(row)
        self._counts["merged" if len(edges) else "isolated"] += 1
        return into

    def _ends(self, end: End, sees: Sees | None) -> Ends:
        """Rows of the places near an end of a route, nearest first, and how far each is from it."""
        if isinstance(end, (int, np.integer)):
            return np.array([self._known_row(int(end))]), np.zeros(1)
        rows = np.flatnonzero(self._table.live)
        return near(rows, self._table["pose"][rows, :3, 3], end, sees, self.config.radius_m)

    def _row(self, id: int) -> int | None:
        found = np.flatnonzero(self._table.live & (self._table["id"][: self._table.high] == id))
        return int(found[0]) if len(found) else None

    def _known_row(self, id: int) -> int:
        row = self._row(id)
        if row is None:
            raise PlaceError(
                f"there is no place {id} among {len(self)}: it was merged, or never was; `all` lists those there are"
            )
        return row
