"""How like OctoMap's ray insertion each map is after all frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.spatial.candidates import KNOWING, OURS, RAY
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features
from benchmarks.spatial.maps import Candidate, SpatialMap
from benchmarks.spatial.metrics import agreement, f1, iou
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_accuracy"]

TARGETS = {"occupied IoU": 0.90, "F1 at 1 voxel": 0.99, "free IoU": 0.85}
COLUMNS = ["map", "occupied", "free", "occupied IoU", "F1 at 1 voxel", "free IoU", "same label", "MB"]


def measure_accuracy(
    frames: Sequence[PosedFrame],
    *,
    voxel_m: float = 0.05,
    stride: int = 4,
    candidates: Sequence[Candidate] = KNOWING,
    tick: Callable[[str], object] = print,
) -> Part:
    """All maps of the same frames, compared voxel by voxel on the shared grid."""
    tick(f"accuracy: {RAY.name}")
    truth = _filled(RAY, frames, voxel_m, stride)
    occupied, free = truth.occupied(), truth.free()
    assert free is not None
    rows: list[list[str | int | float | None]] = [
        [RAY.name, len(occupied), len(free), None, None, None, None, truth.nbytes() / 1e6]
    ]
    figures = {}
    for candidate in candidates:
        tick(f"accuracy: {candidate.name}")
        made = _filled(candidate, frames, voxel_m, stride)
        found, clear = made.occupied(), made.free()
        figures[candidate.name] = {
            "occupied IoU": iou(occupied, found),
            "F1 at 1 voxel": f1(occupied, found),
            "free IoU": None if clear is None else iou(free, clear),
            "same label": None if clear is None else agreement(occupied, free, found, clear),
        }
        n_free = None if clear is None else len(clear)
        rows.append(
            [
                candidate.name,
                len(found),
                n_free,
                *map(_three, figures[candidate.name].values()),
                made.nbytes() / 1e6,
            ]
        )
    marks = [
        Mark(
            name=f"{OURS.name}: {name}",
            figure=f"{figure:.4f}",
            target=f">= {least:.2f}",
            passed=figure >= least,
        )
        for name, least in TARGETS.items()
        if (figure := figures.get(OURS.name, {}).get(name)) is not None
    ]
    title = f"Against {RAY.name} after {len(frames)} frames, stride {stride}, voxels of {100 * voxel_m:g} cm"
    return Part(
        name="accuracy",
        tables=[Table(title=title, columns=COLUMNS, rows=rows)],
        marks=marks,
        series=figures,
        settings={"voxel_m": voxel_m, "stride": stride, "frames": len(frames)},
        notes=[
            "VoxelBlockGrid and the point map keep no free space; the point map holds what it saw last only"
        ],
    )


def _three(figure: float | None) -> str | None:
    return None if figure is None else f"{figure:.4f}"


def _filled(candidate: Candidate, frames: Sequence[PosedFrame], voxel_m: float, stride: int) -> SpatialMap:
    made = candidate.make(voxel_m, stride)
    for frame in frames:
        features = noise_features(frame.index, candidate.dim or 1)
        made.integrate(Shot(frame=frame, stride=stride, grid_features=features))
    return made
