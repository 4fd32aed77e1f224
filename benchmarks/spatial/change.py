"""The tests of change as tables and marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.spatial.dynamics import Outcome, run_dynamics, steps_until
from benchmarks.spatial.frames import PosedFrame
from benchmarks.spatial.results import Cell, Mark, Part, Table

__all__ = ["measure_change"]

MOVING = ("moved", "moved, walking camera", "moved, poses off by 1 cm")
COLUMNS = [
    "map", "voxels of the cube", "sightings", "until 50 %", "until 10 %", "left at the end",
    "new place 50 %", "new place 90 %", "found by feature", "static lost exact", "static lost +-1",
]  # fmt: skip
NOTES = [
    "a 20 cm cube is put into the depth of {frames} real frames shown to and fro (slow camera, the places always in "
    "view), with noise of 0.5 mm at 1 m growing with the square of the distance; holes of the sensor stay holes",
    "with the walking camera 30 frames are shown to and fro, in which the camera leaves the places and comes back",
    "sightings are frames after the change that see through more than half of the old place; 'new place' counts frames until 50 "
    "and 90 % of the voxels are occupied in which the cube was hit in its first frame there",
    "of who walks by, voxels count that 5 later frames see through, and beside them all that were hit, also at the "
    "rim of the picture or where there is no depth behind",
    "static are the occupied voxels at the change that are not beside anything that moves",
]


def measure_change(
    frames: Sequence[PosedFrame], *, length: int = 60, tick: Callable[[str], object] = print
) -> Part:
    """Run every script and judge it."""
    outcomes = run_dynamics(frames, length=length, tick=tick)
    by_script: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_script.setdefault(outcome.script, []).append(outcome)
    tables = [
        Table(
            title=f"{name}, {length} + {length} frames",
            columns=COLUMNS,
            rows=[_moved(o) for o in by_script[name]],
        )
        for name in MOVING
    ]
    tables.append(_others(by_script))
    marks = [mark for outcome in outcomes if outcome.ours for mark in _marks(outcome)]
    series = {
        name: {
            o.name: {
                "old": o.old.tolist(),
                "new": o.new.tolist(),
                "lost": [o.lost_exact, o.lost_near],
                "left_anywhere": o.left_anywhere,
            }
            for o in found
        }
        for name, found in by_script.items()
    }
    notes = [note.format(frames=7) for note in NOTES]
    return Part(
        name="dynamics", tables=tables, marks=marks, series=series, settings={"length": length}, notes=notes
    )


def _moved(o: Outcome) -> list[Cell]:
    found = next((i + 1 for i in range(len(o.found)) if o.found[i]), None)
    return [
        o.name, o.voxels, int(o.sighted.sum()), sightings_until(o, 0.5), sightings_until(o, 0.1), _percent(o.old[-1]),
        frames_until(o, 0.5), frames_until(o, 0.9), found, _percent(o.lost_exact), _percent(o.lost_near),
    ]  # fmt: skip


def sightings_until(o: Outcome, share: float) -> int | None:
    """Sightings of the old place until no more than this share is left there."""
    return steps_until(o.old[o.sighted], share)


def frames_until(o: Outcome, share: float) -> int | None:
    """Frames until the new place is occupied to this share."""
    return steps_until(1 - o.new, 1 - share)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _others(by_script: dict[str, list[Outcome]]) -> Table:
    """One line a map, a column or two for each of the shorter scripts."""
    columns = [
        "map", "vanished: until 10 %", "appeared: 50 %", "appeared: 90 %", "hidden: kept while hidden",
        "hidden: until 10 % after", "holes: removed", "passer-by: left in sight",
        "passer-by: left anywhere",
    ]  # fmt: skip
    scripts = ("vanished", "appeared", "removed while hidden", "holes", "passer-by")
    rows: list[list[Cell]] = []
    for gone, come, hidden, holes, by in zip(*(by_script[name] for name in scripts), strict=True):
        row: list[Cell] = [gone.name, sightings_until(gone, 0.1)]
        row += [frames_until(come, 0.5), frames_until(come, 0.9), _percent(hidden.old[hidden.hidden - 1])]
        row += [sightings_until(hidden, 0.1), _percent(1 - holes.old[-1])]
        row += [_percent(by.old[-1]), _percent(by.left_anywhere)]
        rows.append(row)
    return Table(title="The other changes", columns=columns, rows=rows)


def _marks(o: Outcome) -> list[Mark]:
    def at_most(what: str, figure: int | None, most: int) -> Mark:
        said = "never" if figure is None else str(figure)
        return Mark(
            name=f"{o.script}: {what}",
            figure=said,
            target=f"<= {most}",
            passed=figure is not None and figure <= most,
        )

    def share(what: str, figure: float, most: float) -> Mark:
        return Mark(
            name=f"{o.script}: {what}",
            figure=_percent(figure),
            target=f"<= {_percent(most)}",
            passed=figure <= most,
        )

    gone = at_most("sightings until 10 % is left", sightings_until(o, 0.1), 15)
    if o.script in MOVING:
        marks = [
            at_most("sightings until 10 % is left", sightings_until(o, 0.1), 12),
            at_most("frames until half of the new place is occupied", frames_until(o, 0.5), 3),
            share("static voxels lost beyond one voxel", o.lost_near, 0.001),
        ]
        return marks + (
            [share("static voxels lost exactly", o.lost_exact, 0.05)] if "poses" not in o.script else []
        )
    if o.script == "appeared":
        return [at_most("frames until half of it is occupied", frames_until(o, 0.5), 3)]
    if o.script == "removed while hidden":
        return [share("removed while hidden", 1 - o.old[o.hidden - 1], 0.0), gone]
    if o.script == "holes":
        return [share("removed by holes", 1 - o.old[-1], 0.0)]
    if o.script == "passer-by":
        return [share("trace left where seen through 5 times", o.old[-1], 0.0)]
    return [gone]
