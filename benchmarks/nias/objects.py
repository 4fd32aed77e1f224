"""Track *objects*: small things over other scenes, asked for by the thing on another background."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.nias.cases import Library
from benchmarks.nias.coding import Coder
from benchmarks.nias.gates import Gate
from benchmarks.nias.metrics import SLACK_S, hit, rejection
from benchmarks.nias.object_cases import ObjectCase, cell_middle, describe, object_case
from benchmarks.nias.object_streams import ObjectProbe
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result, Row
from benchmarks.nias.streams import StreamConfig
from streammem.interface import State
from streammem.memory.objects import ObjectConfig, ObjectMemory
from streammem.memory.regions import ChangedRegions
from streammem.types import BoundingBox, Interval, Observation, Query

__all__ = ["HEADINGS", "Sighting", "object_track"]

HEADINGS = {
    "r1": ("R@1", True),
    "r5": ("R@5", True),
    "where": ("R@1 and place", True),
    "false": ("false accepts", False),
}
DIM = 384
REGION_BYTES = 48 + 16 + 4  # of a region in the sampling baselines: code, span, box


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One answer: how alike, when, and where the middle of the thing was."""

    score: float
    t_s: float
    middle: tuple[float, float]


Ask = Callable[[ObjectProbe, NDArray[np.float32]], list[Sighting]]


def object_track(
    config: StreamConfig, seeds: Sequence[int], budget_kb: float, library: Library, bars: Bars
) -> Result:
    """All frames' patches, samples of regions at our bytes, and our memory of objects."""
    budget = int(budget_kb * 1024 * config.hours)
    rows: dict[str, list[Row]] = {}
    laws: list[Gate] = []
    for seed in seeds:
        case = object_case(library, config, seed, progress=bars.track)
        for name, run in (
            ("all frames, patches", lambda c: _all_frames(c, bars)),
            ("FIFO of regions", lambda c: _sample(c, budget, newest=True, bars=bars)),
            ("reservoir of regions", lambda c: _sample(c, budget, newest=False, bars=bars)),
        ):
            rows.setdefault(name, []).append(run(case))
        ours, memory = _ours(case, budget, bars)
        rows.setdefault(ours.name, []).append(ours)
        if seed == seeds[0]:
            laws = _gates(case, ours, memory, budget)
    merged = [_pool(parts) for parts in rows.values()]
    title = f"objects: {config.hours:g} h, {budget_kb:g} KB an hour, seeds {', '.join(map(str, seeds))}"
    settings = {"hours": config.hours, "seeds": list(seeds), "budget": budget}
    return Result(track="objects", title=title, headings=HEADINGS, rows=merged, gates=laws, settings=settings)


def mark(
    name: str,
    case: ObjectCase,
    answers: Sequence[list[Sighting]],
    nbytes: int,
    us: float,
    ms: Sequence[float],
) -> Row:
    """Marks of one seed, a row a thing."""
    best = [said[0].score if said else -1.0 for said in answers]
    threshold = rejection([b for b, probe in zip(best, case.probes, strict=True) if probe.calibrates])
    by_thing: dict[str, list[tuple[ObjectProbe, list[Sighting]]]] = {}
    for probe, said in zip(case.probes, answers, strict=True):
        if not probe.calibrates:
            by_thing.setdefault(probe.clip, []).append((probe, said))
    shown = [asked for asked in by_thing.values() if asked[0][0].truth]
    absent = [asked for asked in by_thing.values() if not asked[0][0].truth]
    marks = {
        "r1": np.array([np.mean([_time(p, said[:1]) for p, said in asked]) for asked in shown]),
        "r5": np.array([np.mean([_time(p, said[:5]) for p, said in asked]) for asked in shown]),
        "where": np.array([np.mean([_place(p, said[:1]) for p, said in asked]) for asked in shown]),
        "false": np.array(
            [np.mean([bool(s) and s[0].score >= threshold for _, s in asked]) for asked in absent]
        ),
    }
    return Row(name=name, marks=marks, nbytes=nbytes, ingest_us=us, query_ms=np.array(ms))


def _time(probe: ObjectProbe, said: Sequence[Sighting]) -> bool:
    return any(hit(probe.truth, Interval(one.t_s, one.t_s)) for one in said)


def _place(probe: ObjectProbe, said: Sequence[Sighting]) -> bool:
    """The middle of the answer lies in the thing's true box at that time."""
    for one in said:
        box = probe.boxes.get(one.t_s)
        if box and box.left <= one.middle[0] <= box.right and box.top <= one.middle[1] <= box.bottom:
            return True
    return False


def _pool(rows: Sequence[Row]) -> Row:
    return Row(
        name=rows[0].name,
        marks={q: np.concatenate([row.marks[q] for row in rows]) for q in rows[0].marks},
        nbytes=max(row.nbytes for row in rows),
        ingest_us=float(np.mean([row.ingest_us for row in rows])),
        query_ms=np.concatenate([row.query_ms for row in rows]),
    )


def _all_frames(case: ObjectCase, bars: Bars, chunk: int = 16) -> Row:
    """Every cell of every frame in half precision; a frame scores the mean over the probe's cells of the best match."""
    asked = torch.from_numpy(np.concatenate(case.asked))
    n, cells, dim = case.cells.shape
    best, where = torch.zeros(len(asked), n), torch.zeros(len(asked), n, dtype=torch.uint8)
    began = time.process_time()
    for i in bars.track(range(0, n, chunk), "ask all frames", len(range(0, n, chunk))):
        part = torch.from_numpy(np.asarray(case.cells[i : i + chunk], np.float32)).reshape(-1, dim)
        scores, at = (asked @ part.T).reshape(len(asked), -1, cells).max(dim=2)
        best[:, i : i + chunk], where[:, i : i + chunk] = scores, at.to(torch.uint8)
    ms = 1e3 * (time.process_time() - began) / len(case.asked)
    answers, row = [], 0
    for probe_cells in case.asked:
        lines = slice(row, row := row + len(probe_cells))
        answers.append(_frames_said(best[lines].numpy(), where[lines].numpy(), case.times))
    nbytes = case.cells.size * 2 + 16 * n
    return mark("all frames, patches", case, answers, nbytes, 0.0, [ms] * len(case.asked))


def _frames_said(
    best: NDArray[np.float32], where: NDArray[np.uint8], times: NDArray[np.float64]
) -> list[Sighting]:
    """The best five frames that are not of one showing; the place is the cell that the surest of the probe's cells found."""
    score, said = best.mean(axis=0), []
    for i in np.argsort(-score, kind="stable"):
        if all(abs(times[i] - one.t_s) > SLACK_S for one in said):
            cell = int(where[best[:, i].argmax(), i])
            said.append(Sighting(score=float(score[i]), t_s=float(times[i]), middle=cell_middle(cell)))
        if len(said) == 5:
            break
    return said


def _crop(probe: ObjectProbe) -> NDArray[np.uint8]:
    left, top, right, bottom = probe.box.pixels(probe.picture.shape[1], probe.picture.shape[0])
    return np.ascontiguousarray(probe.picture[top:bottom, left:right])


def _middle(box: BoundingBox) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _sample(case: ObjectCase, budget: int, *, newest: bool, bars: Bars) -> Row:
    """The same regions and codes as ours, but kept by age or by chance."""
    coder, regions = Coder(DIM), ChangedRegions(ObjectConfig().regions)
    most = (budget - regions.nbytes()) // REGION_BYTES
    rng, seen = np.random.default_rng(case.shown.stream.seed), 0
    kept: list[tuple[NDArray[np.int8], float, BoundingBox]] = []
    for i in bars.track(range(len(case.times)), "sample regions", len(case.times)):
        picture = case.shown.picture(i)[0]
        for box in regions.step(float(case.times[i]), picture):
            left, top, right, bottom = box.pixels(picture.shape[1], picture.shape[0])
            entry = coder.encode(describe(np.ascontiguousarray(picture[top:bottom, left:right])))
            row = len(kept) if len(kept) < most else seen % most if newest else int(rng.integers(seen + 1))
            seen += 1
            if row < most:
                kept[row : row + 1] = [(entry, float(case.times[i]), box)]
    codes = coder.decode(np.stack([entry for entry, _, _ in kept]))
    answers, ms = [], []
    for probe in case.probes:
        query, began = coder.project(describe(_crop(probe))), time.process_time()
        score = codes @ query
        first = np.argsort(-score, kind="stable")[:5]
        answers.append(
            [Sighting(score=float(score[i]), t_s=kept[i][1], middle=_middle(kept[i][2])) for i in first]
        )
        ms.append(1e3 * (time.process_time() - began))
    nbytes = len(kept) * REGION_BYTES + regions.nbytes()
    return mark("FIFO of regions" if newest else "reservoir of regions", case, answers, nbytes, 0.0, ms)


def _write(memory: ObjectMemory, case: ObjectCase, first: int, last: int) -> tuple[int, float]:
    """The most bytes, and CPU seconds."""
    most, spent = 0, 0.0
    for i in range(first, last):
        picture = case.shown.picture(i)[0]
        began = time.process_time()
        memory.write(Observation(index=i, t_s=float(case.times[i]), rgb=picture))
        spent += time.process_time() - began
        most = max(most, memory.nbytes())
    return most, spent


def _ask(memory: ObjectMemory, probe: ObjectProbe) -> list[Sighting]:
    query = Query(what=torch.from_numpy(describe(_crop(probe)))[None], space="object", top_k=5)
    return [
        Sighting(score=hit.score, t_s=hit.t_s, middle=_middle(hit.box))
        for hit in memory.search(query)
        if hit.box
    ]


def _ours(case: ObjectCase, budget: int, bars: Bars) -> tuple[Row, ObjectMemory]:
    memory = ObjectMemory(ObjectConfig(), describe, DIM, budget)
    with bars.bar("streammem", 1):
        most, spent = _write(memory, case, 0, len(case.times))
    answers, ms = [], []
    for probe in case.probes:
        began = time.process_time()
        answers.append(_ask(memory, probe))
        ms.append(1e3 * (time.process_time() - began))
    return mark("streammem", case, answers, most, 1e6 * spent / len(case.times), ms), memory


def _gates(case: ObjectCase, ours: Row, memory: ObjectMemory, budget: int) -> list[Gate]:
    answers = [_ask(memory, probe) for probe in case.probes]
    state, half = _half(case, budget)
    resumed = ObjectMemory(ObjectConfig(), describe, DIM, budget)
    resumed.restore(state)
    _write(resumed, case, half, len(case.times))
    same = sum(a == _ask(resumed, probe) for a, probe in zip(answers, case.probes, strict=True))
    rng, dealt = np.random.default_rng(7), []
    every = [s.t_s for said in answers for s in said]
    for _ in range(20):
        mixed = [[replace(s, t_s=float(rng.choice(every))) for s in said[:1]] for said in answers]
        dealt.append(float(mark("", case, mixed, 0, 0, []).marks["r1"].mean()))
    r1 = float(ours.marks["r1"].mean())
    return [
        Gate(name="bytes at every step", passed=ours.nbytes <= budget, figure=f"{ours.nbytes} of {budget}"),
        Gate(
            name="killed at half, resumed",
            passed=same == len(answers),
            figure=f"{same} of {len(answers)} answers identical",
        ),
        Gate(
            name="shuffled falls to chance",
            passed=np.mean(dealt) < 0.2 < r1,
            figure=f"R@1 {np.mean(dealt):.2f}, ours {r1:.2f}",
        ),
    ]


def _half(case: ObjectCase, budget: int) -> tuple[State, int]:
    half = len(case.times) // 2
    memory = ObjectMemory(ObjectConfig(), describe, DIM, budget)
    _write(memory, case, 0, half)
    return memory.state(), half
