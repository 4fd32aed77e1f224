"""`streammem route`: the way along remembered places to a point, an object, or whatever words or a picture name."""

from __future__ import annotations

from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.find import SEEN
from streammem.app.map_options import RouteOptions, written
from streammem.app.map_picture import save_map
from streammem.app.map_start import spatial_of
from streammem.app.map_tables import named, route_table
from streammem.app.pictures import open_picture
from streammem.app.records import Record, evidence_record, print_json, route_record
from streammem.app.terminal import output, plural, say
from streammem.app.where import unknown
from streammem.errors import ObservationError
from streammem.stream import StreamMemory
from streammem.types import Evidence, Route

__all__ = ["run_route"]

Triple = tuple[float, float, float]


def run_route(store: Path, options: RouteOptions) -> int:
    """Find goal and way, print, draw; the exit code says whether there is one."""
    with StreamMemory.open(store, mode="r") as memory:
        spatial_of(memory, store)
        start = memory.map.landmarks.current if options.from_ == "last" else options.from_
        goal, missing = _goal(memory, store, options)
        route = None if goal is None or start is None else memory.route(start, goal)
        if route is not None and options.picture is not None:
            marks = [goal] if isinstance(goal, Evidence) else []
            save_map(memory, options.picture, marks=marks, route=route)
    beginning = _begins(start)
    if options.json:
        print_json(_record(store, options, goal, route))
    elif route is None:
        said = missing or f"No known way from {beginning} to {_called(options, goal)}: nobody walked it."
        say(said, style="yellow")
    else:
        say(
            f"{route.length_m:.1f} m from {beginning} to {_called(options, goal)}, past "
            f"{plural(len(route.places), 'landmark')}."
        )
        output().print(route_table(route, from_point=not isinstance(start, int)))
        if options.picture is not None:
            say(f"The way is drawn on {options.picture}")
    return Exit.OK if route is not None else Exit.NOTHING


def _goal(memory: StreamMemory, store: Path, options: RouteOptions) -> tuple[Triple | Evidence | None, str]:
    """Where to, or what to say where there is nothing like it."""
    if options.to is not None:
        return options.to, ""
    picture = None if options.to_image is None else open_picture(options.to_image)
    try:
        found = memory.where(text=options.to_text, image=picture, object=options.to_object, top_k=1)
    except ObservationError:
        if options.to_object is None:
            raise
        return None, unknown(store, options.to_object)
    if found and (options.to_object is not None or found[0].score >= SEEN):
        return found[0], ""
    asked = options.to_image if options.to_text is None else f"“{options.to_text}”"
    best = f": the best score is {found[0].score:.2f}, {SEEN:g} counts as seen" if found else ""
    return None, f"Nothing like {asked} on the map of {store}{best}."


def _begins(start: int | Triple | None) -> str:
    if isinstance(start, int):
        return f"landmark {start}, where the camera was last,"
    return "nowhere, as no frame has drawn the map," if start is None else written(start)


def _called(options: RouteOptions, goal: Triple | Evidence | None) -> str:
    if isinstance(goal, Evidence):
        return named(goal.label, goal.thing)
    return "the goal" if goal is None else written(goal)


def _record(
    store: Path, options: RouteOptions, goal: Triple | Evidence | None, route: Route | None
) -> Record:
    return {
        "store": str(store),
        "from": "last" if options.from_ == "last" else list(options.from_),
        "to": {
            "xyz": None if options.to is None else list(options.to),
            "text": options.to_text,
            "image": None if options.to_image is None else str(options.to_image),
            "thing": options.to_object,
        },
        "goal": evidence_record(goal) if isinstance(goal, Evidence) else None,
        "route": None if route is None else route_record(route),
        "picture": None if route is None or options.picture is None else str(options.picture),
    }
