"""A room, mapped once and asked: `make demo-map`.

The room is drawn by the project itself: a camera with depth goes twice around its table, and between the rounds the ball
is put elsewhere and the vase is taken away. The memory draws a map of it, is asked where things are and how to get there,
says what changed, and writes a page to look at. Where the frames of a real kitchen are at hand (7-Scenes' RedKitchen),
they are mapped too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from streammem.app.cli import run
from streammem.app.map_picture import save_map
from streammem.config import MemoryConfig
from streammem.envs import DepthFaults, Happening, Room, RoomSource
from streammem.envs.room_walk import look_at
from streammem.memory.spatial_config import SpatialConfig
from streammem.stream import StreamMemory

OUT = Path("out")
FRAMES, FPS = 130, 5.0
KITCHEN = "rgbd/7scenes_redkitchen_every10"


def tell(line: str, *command: str) -> None:
    """Say what comes, run the command as a user would, and stop if it found nothing."""
    print(f"\n# {line}\n$ streammem {shlex.join(command)}", flush=True)
    done = run(command)
    if done != 0:
        raise SystemExit(f"that went wrong (exit code {done})")


def around_the_table() -> Float64[np.ndarray, "n 4 4"]:
    """Poses of two rounds at eye height that look about: over the table, to both sides, at the floor."""
    share = np.arange(FRAMES) / FRAMES
    turn = 4 * np.pi * share
    eyes = np.stack([2.5 + 1.45 * np.cos(turn), 1.8 + 1.2 * np.sin(turn), np.full(FRAMES, 1.5)], axis=1)
    heading = turn + np.pi + np.radians(65) * np.sin(2 * np.pi * share * FRAMES / FPS / 5)
    down = -0.45 - 0.25 * np.sin(2 * np.pi * share * FRAMES / FPS / 3.7)
    return look_at(eyes, np.stack([np.cos(heading), np.sin(heading), down], axis=1))


def walk_through() -> RoomSource:
    """A walk; half-way the ball goes from the table to the cabinet, and the vase is taken away."""
    room = Room.make(seed=3)
    (ball,), (vase,), (cabinet,) = (room.find(name) for name in ("ball", "vase", "cabinet"))
    low, high = room.boxes[cabinet].low, room.boxes[cabinet].high
    there = ((low[0] + high[0]) / 2, low[1] + 0.75 * (high[1] - low[1]), high[2])
    half_s = FRAMES / FPS / 2
    return RoomSource(
        room=room,
        frames=FRAMES,
        fps=FPS,
        poses=around_the_table(),
        stream="room",
        faults=DepthFaults(),
        script=(
            Happening(at_s=half_s, change=lambda room: room.moved(ball, there)),
            Happening(at_s=half_s, change=lambda room: room.without(vase)),
        ),
    )


def map_room(store: Path) -> None:
    """The memory through its Python interface, frame by frame."""
    source, began = walk_through(), time.monotonic()
    print(f"# A camera with depth goes twice around a table: {FRAMES} frames, {source.duration_s:.0f} s.")
    print("# Between the rounds the ball is moved and the vase is taken away.", flush=True)
    config = MemoryConfig(spatial=SpatialConfig.drawn(voxel_m=0.05))
    with StreamMemory.open(store, budget="64 MB", config=config) as memory:
        for _ in memory.watch(source):
            pass
        save_map(memory, OUT / "room-map.png")
    print(f"Mapped in {time.monotonic() - began:.1f} s, the drawing of the room included.")


def shelf_to_ball(store: str) -> tuple[str, ...]:
    """The command for a way from one end of the room to the other."""
    x, y, _ = walk_through().room.thing(15).at
    return "route", store, "--from", f"{x - 0.5:.1f},{y:.1f},1.5", "--to-text", "ball"


def ask_room(store: str, pictures: str) -> None:
    """The same questions as a user would ask."""
    tell(
        "Where is the ball?",
        "where",
        store,
        "--text",
        "ball",
        "--top",
        "2",
        "--save-pictures",
        f"{pictures}/ball",
    )
    tell("And the vase?", "where", store, "--text", "vase", "--top", "1")
    tell("What is near the door?", "where", store, "--near", "1.8,0.5,0.8", "--radius", "1.2")
    tell("What changed in the second half?", "changes", store, "--since", f"{FRAMES / FPS / 2:g}")
    way = str(OUT / "room-way.png")
    tell("How do I get from the shelf to the ball?", *shelf_to_ball(store), "--picture", way)
    tell("What does the memory hold?", "info", store)
    tell("Write the page.", "report", store, "-o", str(OUT / "room.html"))


def kitchen() -> Path | None:
    """The real frames, where they are: in the folder that STREAMMEM_DATA names, or beside the project."""
    root = Path(__file__).resolve().parents[1]
    places = [os.environ.get("STREAMMEM_DATA"), root.parent / "shared" / "data"]
    return next(
        (Path(place) / KITCHEN for place in places if place and (Path(place) / KITCHEN).is_dir()), None
    )


def map_kitchen(frames: Path) -> None:
    """The same with real frames, through the command line alone."""
    store, pictures = OUT / "kitchen.zarr", OUT / "kitchen-pictures"
    for folder in (store, pictures):
        shutil.rmtree(folder, ignore_errors=True)
    tell(
        "Map a real kitchen.",
        *("map", str(frames), "--store", str(store), "--stream", "kitchen"),
        *("--picture", str(OUT / "kitchen-map.png")),
    )
    ask = ("where", str(store), "--text", "coffee mug", "--top", "3")
    tell("Where is the coffee mug?", *ask, "--save-pictures", str(pictures))
    way = ("--to-text", "coffee mug", "--picture", str(OUT / "kitchen-way.png"))
    tell("How do I get there?", "route", str(store), *way)
    tell("Write its page.", "report", str(store), "-o", str(OUT / "kitchen.html"))


def main() -> None:
    """The story."""
    store, pictures = OUT / "room.zarr", OUT / "room-pictures"
    for folder in (store, pictures):
        shutil.rmtree(folder, ignore_errors=True)
    OUT.mkdir(exist_ok=True)
    map_room(store)
    ask_room(str(store), str(pictures))
    real = kitchen()
    if real is not None:
        map_kitchen(real)
    print(f"\nThe page of the room: {(OUT / 'room.html').resolve().as_uri()}")
    print(f"The pictures: {OUT.resolve()}/room-*.png, {OUT.resolve()}/room-pictures")


if __name__ == "__main__":
    sys.exit(main())
