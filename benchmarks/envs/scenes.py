"""Whether generated apartments keep their promises: a walk through many of them with a plumb line and a camera."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from benchmarks.envs.solid_checks import Bodies, afloat, listed, loose, meetings, outside_rooms, swings
from benchmarks.envs.view_checks import AGENTS, Views, cut_off, goal_views, in_picture, missing, small_views
from benchmarks.spatial.results import Mark, Part, Table
from streammem.envs.apartment.generate import SPLITS, generate
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import World
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.rendering.choice import open_renderer
from streammem.envs.rendering.frame import Renderer

__all__ = ["Audit", "audit", "digest", "measure_scenes", "report", "seeds_of"]

SHARES = {"train": 0.4, "val": 0.3, "test": 0.3}
LISTED = 40  # failures that are listed by name
COMMON = 45  # categories in the table
FEW = 4  # scenes to a process before it hands in its work

ROOMS = [f"rooms within reach of {name}" for name in AGENTS]
WALLS = "things clear of walls, floor and ceiling"
APART = "things that share no space with others"
HELD = "things that stand or hang on something"
SWING = "doors that swing free"
GOALS = "ObjectNav's goals with a view point"
GOALS_DRAWN = "goals in the picture from the best view point"
SMALL = "small things with a view point"
SMALL_DRAWN = "small things in the picture from the best view point"
SAME = "scenes alike in a new process with another PYTHONHASHSEED"


@dataclass(kw_only=True)
class Audit:
    """What was found in one scene.

    Attributes:
        checked: how many things (rooms, doors) each law was tried on.
        broken: what breaks it.
        counts: of categories, the shell left out.
        figures: what there is of rooms, things, triangles and floor.
        pixels: of goals in pictures of 128 pixels across, from their best view points.
    """

    seed: int
    checked: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    pixels: list[int] = field(default_factory=list)

    def note(self, law: str, checked: int, broken: Iterable[str]) -> None:
        """Write down one law."""
        self.checked[law], self.broken[law] = checked, listed(list(broken))


def seeds_of(count: int) -> list[int]:
    """So many seeds, spread evenly over the training, validation and test splits."""
    found: list[int] = []
    for split, share in SHARES.items():
        seeds, wanted = SPLITS[split], round(share * count)
        found += [seeds[len(seeds) * k // wanted] for k in range(wanted)]
    return found


def audit(scene: Scene, *, drawn: bool) -> Audit:
    """One scene by all laws; with `drawn`, pictures are taken from the best view points."""
    world = World(scene)
    found = Audit(seed=scene.seed, counts=dict(Counter(thing.category for thing in loose(world))))
    for law, agent in zip(ROOMS, AGENTS.values(), strict=True):
        found.note(law, len(scene.rooms), cut_off(world, agent))
    bodies, count = Bodies(world), len(loose(world))
    found.note(WALLS, count, outside_rooms(bodies))
    found.note(APART, count, meetings(bodies))
    found.note(HELD, count, afloat(bodies))
    found.note(SWING, sum(door.leaf is not None for door in scene.doorways), swings(world))
    goals, small = list(goal_views(world)), list(small_views(world))
    found.note(GOALS, len(goals), (missing(views) for views in goals if not views[2]))
    found.note(SMALL, len(small), (missing(views) for views in small if not views[2]))
    if drawn:
        ours, tasks = AGENTS.values()
        found.pixels = _draw(found, GOALS_DRAWN, goals, ours)
        _draw(found, SMALL_DRAWN, small, tasks)
    found.figures = {
        "rooms": len(scene.rooms),
        "things": count,
        "small things": len(small),
        "goals": len(goals),
        "triangles": sum(len(corners) for corners in bodies.triangles),
        "floor, m²": sum(room.area_m2 for room in scene.rooms),
    }
    return found


@cache
def _renderer() -> Renderer:
    return open_renderer("gl")


def _draw(found: Audit, law: str, things: Sequence[Views], agent: AgentConfig) -> list[int]:
    """Note which things are not in the picture; the pixels of each."""
    seen = [views for views in things if views[2]]
    pixels = [in_picture(_renderer(), views, agent)[0] for views in seen]
    found.note(law, len(seen), (missing(v) for v, count in zip(seen, pixels, strict=True) if not count))
    return pixels


def digest(scene: Scene) -> str:
    """Of everything that a scene holds."""
    found = hashlib.sha256(
        repr((scene.name, scene.style, scene.height_m, scene.rooms, scene.doorways)).encode()
    )
    found.update(repr((scene.lamps, [sorted(seen) for seen in scene.sees])).encode())
    for thing in scene.things:
        placed = (thing.id, thing.at, thing.yaw, thing.room, thing.relation, thing.parent)
        found.update(repr((placed, thing.model.name, thing.movable, thing.open)).encode())
        for part in thing.model.parts:
            mesh = part.mesh
            for rows in (mesh.vertices, mesh.normals, mesh.colours, mesh.uv, mesh.surface, mesh.triangles):
                found.update(rows.tobytes())
            found.update(repr((mesh.surfaces, part.joint, part.solid)).encode())
            for name in sorted(mesh.pictures):
                found.update(name.encode() + mesh.pictures[name].tobytes())
    return found.hexdigest()


def _strangers(seeds: Sequence[int]) -> list[str]:
    """Seeds whose scenes a new process makes otherwise."""
    script = "import sys\nfrom benchmarks.envs.scenes import digest, generate\n"
    script += "print(*[digest(generate(int(seed))) for seed in sys.argv[1:]])"
    known = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, seeds)],
        env=known,
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = done.stdout.split()
    return [
        f"seed {seed}" for seed, text in zip(seeds, theirs, strict=True) if digest(generate(seed)) != text
    ]


def measure_scenes(
    *, scenes: int, drawn: int, repeated: int, processes: int, tick: Callable[[str], object]
) -> Part:
    """So many apartments of all splits by the laws that hold in every one; `drawn` of them with pictures taken."""
    seeds = seeds_of(scenes)
    stride = max(1, len(seeds) // max(1, drawn))
    audits: list[Audit] = []
    for found in _audits(seeds, set(seeds[::stride][:drawn]), processes):
        audits.append(found)
        bad = sum(len(broken) for one in audits for broken in one.broken.values())
        tick(f"scenes, {len(audits)} of {len(seeds)}, {bad} broken")
    audits.sort(key=lambda one: seeds.index(one.seed))
    again = seeds[:: max(1, len(seeds) // repeated)][:repeated]
    same = Audit(seed=-1)
    same.note(SAME, len(again), _strangers(again))
    return report(audits, same, {"scenes": scenes, "drawn": drawn, "repeated": repeated})


def report(audits: Sequence[Audit], same: Audit, settings: dict[str, int]) -> Part:
    """What the audits come to; `same` has what was made twice."""
    laws = [*_laws(audits), *_laws([same])]
    return Part(
        name="scenes",
        tables=[_law_table(laws, len(audits)), _figure_table(audits), _category_table(audits)],
        marks=[_mark(law) for law in laws],
        notes=_examples([*audits, same]),
        series={
            "broken": {str(a.seed): {k: v for k, v in a.broken.items() if v} for a in audits if any(a.broken.values())},
            "figures": {name: [a.figures[name] for a in audits] for name in audits[0].figures},
            "pixels": [count for a in audits for count in a.pixels],
        },
        settings=dict(settings),
    )  # fmt: skip


def _audits(seeds: Sequence[int], drawn: set[int], processes: int) -> Iterator[Audit]:
    if processes < 2:
        yield from (_audit_one((seed, seed in drawn)) for seed in seeds)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_audit_one, [(seed, seed in drawn) for seed in seeds], chunksize=FEW)


def _audit_one(what: tuple[int, bool]) -> Audit:
    return audit(generate(what[0]), drawn=what[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """A law over all scenes: on how many things it was tried, how many break it, in how many scenes."""

    name: str
    checked: int
    broken: int
    scenes: int


def _law(name: str, audits: Sequence[Audit]) -> Law:
    tried = [one for one in audits if name in one.checked]
    return Law(
        name=name,
        checked=sum(one.checked[name] for one in tried),
        broken=sum(len(one.broken[name]) for one in tried),
        scenes=sum(bool(one.broken[name]) for one in tried),
    )


def _laws(audits: Sequence[Audit]) -> list[Law]:
    names = dict.fromkeys(name for one in audits for name in one.checked)
    return [_law(name, audits) for name in names]


def _mark(law: Law) -> Mark:
    kept = 100 * (1 - law.broken / max(1, law.checked))
    figure = "100 %" if not law.broken else f"{kept:.2f} % ({law.broken} of {law.checked:,} not)"
    return Mark(name=law.name, figure=figure, target="100 %", passed=law.broken == 0)


def _law_table(laws: Sequence[Law], scenes: int) -> Table:
    return Table(
        title=f"Laws in {scenes:,} apartments of the training, validation and test splits",
        columns=["law", "tried on", "broken by", "scenes that break it"],
        rows=[[law.name, law.checked, law.broken, law.scenes] for law in laws],
    )


def _figure_table(audits: Sequence[Audit]) -> Table:
    rows: list[list[str | int | float | None]] = []
    for name in audits[0].figures:
        found = np.array([one.figures[name] for one in audits])
        rows.append([name, *(float(v) for v in (found.min(), np.median(found), found.mean(), found.max()))])
    return Table(title="What an apartment holds", columns=["", "least", "median", "mean", "most"], rows=rows)


def _category_table(audits: Sequence[Audit]) -> Table:
    total: Counter[str] = Counter()
    for one in audits:
        total.update(one.counts)
    rows: list[list[str | int | float | None]] = []
    for name, count in sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))[:COMMON]:
        has = sum(name in one.counts for one in audits)
        rows.append([name, count / len(audits), 100 * has / len(audits)])
    return Table(
        title="Kinds of things",
        columns=["kind", "in an apartment, mean", "apartments that have it, %"],
        rows=rows,
    )


def _examples(audits: Sequence[Audit]) -> list[str]:
    found = [
        f"{'seed ' + str(one.seed) + ', ' if one.seed >= 0 else ''}{law}: not {what}"
        for one in audits
        for law, broken in one.broken.items()
        for what in broken
    ]
    more = [f"and {len(found) - LISTED} more, in the JSON file"] if len(found) > LISTED else []
    return [*found[:LISTED], *more]
