"""Things that move, vanish, appear, hide and walk by: how soon each map follows, and what it loses on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from benchmarks.spatial.candidates import CHANGING
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features
from benchmarks.spatial.maps import Candidate, FeatureMap, SpatialMap
from benchmarks.spatial.metrics import centres, grown, keys_of, near
from benchmarks.spatial.scripts import NEW, OLD, WALKER, Script, play, scripts

__all__ = ["Outcome", "Witness", "run_dynamics", "sightings", "steps_until", "witness"]

STRIDE, VOXEL_M = 4, 0.05
FINE = (30, 40)  # feature cells of 16 pixels: some show nothing but the cube
SEEN_THROUGH = 5  # sightings after which a voxel of who walked by must be gone
FOUND_M = 0.25  # how far the best match may be from the middle of the cube
Keys = Int64[np.ndarray, " n"]
Curve = Float64[np.ndarray, " t"]


@dataclass(frozen=True, kw_only=True)
class Witness:
    """Everything the shots of a script show, told before any map runs: which voxels each thing was hit in."""

    shots: list[Shot]
    hits: list[dict[int, Keys]]  # of each step, by label

    def of(self, label: int, start: int = 0, end: int | None = None) -> Keys:
        """Voxels in which the thing was hit during these steps."""
        found = [step[label] for step in self.hits[start:end] if label in step]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One map in one script. The curves hold a share for each step from the change on."""

    script: str
    name: str
    ours: bool
    old: Curve  # of the voxels that the map held of the thing that goes, how many it still holds; of who walks by,
    # of all voxels that it was hit in and that are seen through at least `SEEN_THROUGH` times afterwards
    new: Curve  # of the voxels where the thing that comes was first hit, how many it holds
    found: list[bool]  # whether the best match by feature is at the new place
    voxels: int  # that it held of the thing that goes
    lost_exact: float  # share of the static voxels that are no longer occupied at the end
    lost_near: float  # and have no occupied voxel beside them either
    sighted: Bool[np.ndarray, " t"]  # whether more than half of those voxels are seen through at this step
    hidden: int  # steps from the change until the place is in sight
    left_anywhere: float  # of all voxels of who walks by, how many are left at the end, in sight or not


def run_dynamics(
    frames: Sequence[PosedFrame],
    *,
    length: int = 60,
    candidates: Sequence[Candidate] = CHANGING,
    tick: Callable[[str], object] = print,
) -> list[Outcome]:
    """Every script with every map; the first frames are a stretch with a slow camera."""
    outcomes = []
    for script in scripts(frames, length):
        seen: dict[int, Witness] = {}
        for candidate in candidates:
            tick(f"dynamics, {script.name}: {candidate.name}")
            dim = candidate.dim or 1
            if dim not in seen:
                seen = {dim: witness(script, frames, dim)}
            outcomes.append(_run(candidate, script, seen[dim]))
    return outcomes


def witness(script: Script, frames: Sequence[PosedFrame], dim: int) -> Witness:
    """Shots of all steps. The cube has one feature, everything else noise."""
    shots, hits = [], []
    start = STRIDE // 2
    for step in range(len(script.steps)):
        take = play(script, frames, step)
        features = noise_features(step, dim, FINE)
        features[_covered(take.labels)] = cube_feature(dim)
        shot = Shot(frame=take.frame, stride=STRIDE, grid_features=features, grid=FINE)
        labels = take.labels[start::STRIDE, start::STRIDE][shot.valid]
        keys = keys_of(shot.points, VOXEL_M)
        shots.append(shot)
        hits.append({int(label): np.unique(keys[labels == label]) for label in np.unique(labels)})
    return Witness(shots=shots, hits=hits)


def cube_feature(dim: int) -> Float32[np.ndarray, " d"]:
    """What the cube looks like."""
    return noise_features(-1 % 2**31, dim)[0]


def steps_until(curve: Curve, below: float) -> int | None:
    """The number of the first step, counted from 1, after which the curve is at most this; None if never."""
    under = np.flatnonzero(curve <= below + 1e-9)
    return int(under[0]) + 1 if len(under) else None


def sightings(keys: Keys, frames: Sequence[PosedFrame]) -> Int64[np.ndarray, " n"]:
    """How many of the frames see through the middle of each voxel: they measure more than a voxel beyond it."""
    points, count = centres(keys, VOXEL_M), np.zeros(len(keys), np.int64)
    for frame in frames:
        pose, camera = frame.world_from_camera, frame.intrinsics
        x, y, z = ((points - pose[:3, 3]) @ pose[:3, :3]).T
        ahead = np.maximum(z, 1e-6)
        u = np.round(x / ahead * camera.fx + camera.cx).astype(np.int64)
        v = np.round(y / ahead * camera.fy + camera.cy).astype(np.int64)
        inside = (z > 0.1) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
        count[inside] += frame.depth_m[v[inside], u[inside]] > z[inside] + VOXEL_M
    return count


def _covered(labels) -> np.ndarray:
    """Which feature cells show nothing but the cube, so that no background gets its feature."""
    height, width = labels.shape
    cells = np.isin(labels, (OLD, NEW)).reshape(FINE[0], height // FINE[0], FINE[1], width // FINE[1])
    return cells.all(axis=(1, 3)).ravel()


def _run(candidate: Candidate, script: Script, seen: Witness) -> Outcome:
    made = candidate.make(VOXEL_M, STRIDE)
    for shot in seen.shots[: script.change]:
        made.integrate(shot)
    static = seen.of(0)
    leaving = WALKER if script.name == "passer-by" else OLD
    old = np.setdiff1d(seen.of(leaving), static)
    walked = old
    if leaving == WALKER:
        old = old[sightings(old, [shot.frame for shot in seen.shots[script.shown :]]) >= SEEN_THROUGH]
    else:
        old = old[made.holds(old)]
    new = np.setdiff1d(seen.of(NEW, script.change, script.change + 1), static)
    things = np.concatenate([seen.of(label) for label in (OLD, NEW, WALKER, 4)])
    before = made.occupied()
    before = before[~np.isin(before, grown(things))]
    kept, come, found = [], [], []
    for shot in seen.shots[script.change :]:
        made.integrate(shot)
        kept.append(_share(made, old))
        come.append(_share(made, new))
        found.append(_finds(made, script, candidate.dim))
    after = made.occupied()
    through = [sightings(old, [shot.frame]).mean() > 0.5 for shot in seen.shots[script.change :] if len(old)]
    return Outcome(
        script=script.name,
        name=candidate.name,
        ours=candidate.ours,
        old=np.array(kept),
        new=np.array(come),
        found=found,
        voxels=len(old),
        lost_exact=float(1 - np.isin(before, after).mean()),
        lost_near=float(1 - near(before, after).mean()),
        sighted=np.array(through, bool),
        hidden=script.shown - script.change,
        left_anywhere=_share(made, walked),
    )


def _share(made: SpatialMap, keys: Keys) -> float:
    return float(made.holds(keys).mean()) if len(keys) else 0.0


def _finds(made: SpatialMap, script: Script, dim: int) -> bool:
    """Whether the cube's feature finds the place where the cube is now."""
    now = [block.centre for block in script.steps[-1] if block.label in (OLD, NEW)]
    if not now or not dim or not isinstance(made, FeatureMap):
        return False
    best = made.find(cube_feature(dim))
    return bool(len(best) and np.linalg.norm(best[0] - now[0]) < FOUND_M)
