"""Fit the curve for small things: `python -m benchmarks.recall.objects [seeds]`.

Composed streams of benchmarks/nias (things over other scenes, a quarter of an hour each) go through `ObjectMemory` as
`watch` fills it; probes are crops of the same things at another moment, size and place on another background, and of
things that were never shown. Right: of each probe, the most alike token whose first box meets its thing's true box.
Wrong: every token that meets none of its thing's. A logistic curve is fitted and made strict as in
`benchmarks.recall`; streams with an odd seed are held out first, and say how far to trust it. What is printed goes
into `streammem/heads/recall.py`.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from benchmarks.nias.cases import Library
from benchmarks.nias.object_cases import describe
from benchmarks.nias.object_streams import OBJECTS, ObjectProbe, object_probes, object_stream
from benchmarks.recall.__main__ import fit
from streammem.memory.objects import ObjectConfig, ObjectMemory
from streammem.types import Evidence, Observation, Query

SEEDS = tuple(range(40, 48))  # not those that benchmarks/nias judges on
BYTES = 200_000  # room for everything: nothing is dropped
MEETS = 0.2  # IoU
Scores = tuple[list[float], list[float]]


def scores(seed: int, library: Library) -> Scores:
    """Cosines of right and of wrong pairs in one stream."""
    shown = object_stream(OBJECTS, library.clips(OBJECTS.size), seed)
    memory = ObjectMemory(ObjectConfig(), describe, 384, BYTES)
    for index, t_s in enumerate(shown.times):
        memory.write(Observation(index=index, t_s=float(t_s), rgb=shown.picture(index)[0]))
    right: list[float] = []
    wrong: list[float] = []
    for probe in object_probes(shown):
        left, top, r, b = probe.box.pixels(probe.picture.shape[1], probe.picture.shape[0])
        what = torch.from_numpy(describe(np.ascontiguousarray(probe.picture[top:b, left:r])))[None]
        hits = memory.search(Query(what=what, space="object", top_k=len(memory)))
        mine = [hit for hit in hits if _meets(hit, probe)]
        right += [max(hit.score for hit in mine)] if mine else []
        wrong += [hit.score for hit in hits if hit not in mine]
    return right, wrong


def _meets(hit: Evidence, probe: ObjectProbe) -> bool:
    """Whether a token was first seen where the probe's thing was."""
    at = [box for t_s, box in probe.boxes.items() if abs(t_s - hit.t_s) < 0.02]
    return hit.box is not None and any(hit.box.iou(box) >= MEETS for box in at)


def main(seeds: tuple[int, ...]) -> None:
    """Print the curve, and what it does on streams that did not fit it."""
    library = Library(None)
    found = {seed: scores(seed, library) for seed in seeds}
    for name, fitted, tested in (
        ("held out", [s for s in seeds if s % 2 == 0], [s for s in seeds if s % 2]),
        ("all", list(seeds), list(seeds)),
    ):
        right, wrong = (np.concatenate([found[s][side] for s in fitted]) for side in (0, 1))
        slope, middle = fit(right, wrong)
        strict = max(middle, float(np.quantile(wrong, 0.999)))
        kept, let = (
            float((np.concatenate([found[s][side] for s in tested]) > strict).mean()) for side in (0, 1)
        )
        print(
            f"{name:9} slope {slope:6.2f} middle {middle:5.2f}, strict {strict:5.2f}: {kept:.2f} of right, "
            f"{let:.4f} of wrong above .5 ({len(right)} and {len(wrong)} pairs)"
        )


if __name__ == "__main__":
    main(tuple(int(part) for part in sys.argv[1].split(",")) if sys.argv[1:] else SEEDS)
