"""An apartment, toured, changed behind the agent's back, mapped and asked: `make demo-env`.

The task is Moved: the agent is carried through all rooms, then a thing is put elsewhere where it does not see it, it is
carried about once more, is asked for the thing, and walks there; the oracle does the walking. What the agent sees is
recorded as a log, and shown as a film: its picture, depth, instances, and the plan of the apartment. Then the recording
goes through the memory like a log of a real camera: a map is drawn, and asked where the thing is and what changed.
"""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from rich.progress import Progress

from streammem.app.cli import run
from streammem.app.video_writer import VideoWriter
from streammem.envs import RecordStream
from streammem.envs.baselines import oracle
from streammem.envs.tasks.apartment_env import ApartmentEnv

OUT = Path("out")
SEED = 3


def tell(line: str, *command: str) -> None:
    """Say what comes, run the command as a user would, and stop if it found nothing."""
    print(f"\n# {line}\n$ streammem {shlex.join(command)}", flush=True)
    done = run(command)
    if done != 0:
        raise SystemExit(f"that went wrong (exit code {done})")


def make() -> gymnasium.Env[Any, Any]:
    """Moved, in a furnished apartment, with a camera of 320 x 240."""
    return gymnasium.make(
        "streammem/Moved-v0",
        split="val",
        agent={"width": 320, "height": 240},
        sensors=("rgb", "depth", "semantic", "gps", "compass"),
        task_options={"kinds": ("last_place", "now")},
        render_mode="panel",
    )


def play(log: Path, film: Path) -> tuple[str, float, dict[str, Any]]:
    """One episode by the oracle, recorded and filmed; what was moved, when, and how it ended."""
    env = RecordStream(make(), log)
    inside: Any = env.unwrapped
    assert isinstance(inside, ApartmentEnv)
    observation, info = env.reset(seed=SEED)
    policy = oracle(env, np.random.default_rng(SEED))
    over, phase = False, ""
    with VideoWriter(film, fps=10) as video, Progress(transient=True) as progress:
        bar = progress.add_task("the episode", total=None)
        while not over:
            picture: Any = env.render()
            video.write(picture)
            if info["phase"] != phase:
                phase = info["phase"]
                print(f"{info['t_s']:7.1f} s  {phase}: {info['instruction']}", flush=True)
            observation, _, terminated, truncated, info = env.step(policy(observation, info))
            over = terminated or truncated
            progress.advance(bar)
    situation = inside.situation
    for event in situation.world.events:
        thing = situation.scene.by_id[event.thing]
        print(f"{event.t_s:7.1f} s  the {thing.model.name} was {event.kind}, seen: {event.seen}")
    event = situation.world.events[-1]
    env.close()
    return situation.scene.by_id[event.thing].category, event.t_s, info["measures"]


def main() -> None:
    """The story."""
    log, film, store = OUT / "apartment", OUT / "apartment.mp4", OUT / "apartment.zarr"
    for folder in (log, store):
        shutil.rmtree(folder, ignore_errors=True)
    OUT.mkdir(exist_ok=True)
    began = time.monotonic()
    print("# An apartment is toured; between two visits a thing is moved where nobody sees it.", flush=True)
    thing, moved_s, measures = play(log, film)
    print(f"success {measures['success']:g}, SPL {measures['spl']:.2f}, in {time.monotonic() - began:.1f} s")
    tell(
        "Map the recording, as one would map a log of a real camera.",
        *(
            "map",
            str(log / "episode-00000"),
            "--store",
            str(store),
            "--picture",
            str(OUT / "apartment-map.png"),
        ),
    )
    tell("Where is it?", "where", str(store), "--text", thing, "--top", "2")
    tell("What has changed since?", "changes", str(store), "--since", f"{moved_s:g}")
    tell("Write the page.", "report", str(store), "-o", str(OUT / "apartment.html"))
    print(f"\nThe film: {film.resolve()}\nThe page: {(OUT / 'apartment.html').resolve().as_uri()}")


if __name__ == "__main__":
    sys.exit(main())
