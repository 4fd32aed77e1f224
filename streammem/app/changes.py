"""`streammem changes`: what appeared on the map, moved, vanished, or was removed."""

from __future__ import annotations

import math
from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.map_start import spatial_of
from streammem.app.map_tables import change_table
from streammem.app.records import change_record, print_json
from streammem.app.terminal import output, plural, say
from streammem.stream import StreamMemory
from streammem.types import MapChange

__all__ = ["run_changes"]


def run_changes(
    store: Path, *, since: float | None, until: float | None, all_of_it: bool, as_json: bool
) -> int:
    """List what changed, oldest first; surface that was no object's is summed up unless all of it is asked for."""
    since_s = -math.inf if since is None else since
    until_s = math.inf if until is None else until
    with StreamMemory.open(store, mode="r") as memory:
        spatial_of(memory, store)
        changes = memory.changes(since_s=since_s, until_s=until_s)
        labels = {thing.id: thing.label for thing in memory.things()}
    if as_json:
        print_json(
            {
                "store": str(store),
                "since_s": since,
                "until_s": until,
                "changes": [{**change_record(change), "label": _label(change, labels)} for change in changes],
            }
        )
        return Exit.OK if changes else Exit.NOTHING
    shown = changes if all_of_it else [change for change in changes if change.kind != "removed"]
    if shown:
        output().print(change_table(shown, labels, title=f"what changed on the map of {store}"))
    elif changes:
        say(f"No object of {store} changed in that time.", style="yellow")
    else:
        say(f"Nothing changed on the map of {store} in that time.", style="yellow")
    rest = [change for change in changes if change.kind == "removed"]
    if rest and not all_of_it:
        voxels = sum(change.voxels for change in rest)
        say(
            f"Besides, {plural(voxels, 'voxel')} of surface that was no object's went in {plural(len(rest), 'step')}, "
            "most of it noise; --all lists them.",
            style="dim",
        )
    return Exit.OK if shown else Exit.NOTHING


def _label(change: MapChange, labels: dict[int, str | None]) -> str | None:
    return None if change.object is None else labels.get(change.object)
