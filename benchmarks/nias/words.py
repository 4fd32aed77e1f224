"""Track *words*: class names asked of a stream of clips whose content is known."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.nias.cases import Library
from benchmarks.nias.metrics import SLACK_S, hit
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result, Row
from benchmarks.nias.streams import Stream, StreamConfig, frames_stream
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.perception.encoders import open_encoder
from streammem.types import Features, Interval, Observation, Query

__all__ = ["CONTENT", "WORDS", "words_track"]

HEADINGS = {"r1": ("R@1", True), "r5": ("R@5", True), "found": ("found", True)}
WORDS = StreamConfig(hours=0.25, needles=12, absent=0, apart_s=5.0, size=(448, 256))
# What anybody would say is in a clip; a clip is known by what its name begins with.
CONTENT = {
    "bikes": ("bicycle", "streetcar", "car"),
    "carphone": ("tie",),
    "bedroom": ("bed",),
    "bmx-trees": ("bicycle",),
    "car-shadow": ("car",),
    "sam2-gallery/01_dog": ("dog",),
    "sam2-gallery/02_cups": ("cup",),
    "sam2-gallery/04_coffee": ("coffee mug", "cup"),
    "sam2-gallery/05_default_juggle": ("soccer ball", "ball"),
    "car-detection": ("car",),
    "traffic-camera": ("car", "truck"),
}
DOT = np.zeros((1, 1, 3), np.uint8)
CLASSES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class WordCase:
    """Descriptors (n, 384) and class probabilities (n, cells, 1000) of a stream, and when each word's things were on."""

    times: NDArray[np.float64]
    pixel: NDArray[np.float32]
    text: NDArray[np.float16]
    grid: tuple[int, int]
    truth: dict[str, list[Interval]]


def words_track(
    config: StreamConfig, seeds: Sequence[int], budget_kb: float, library: Library, bars: Bars
) -> Result:
    """All frames' class probabilities beside ours."""
    budget = int(budget_kb * 1024 * config.hours)
    everything, ours = [], []
    for seed in seeds:
        case = _case(library, config, seed, bars)
        everything.append(_all_frames(case))
        ours.append(_ours(case, budget, bars))
    rows = [_pool("all frames, every class", everything), _pool("streammem", ours)]
    title = f"words: {config.hours:g} h, {budget_kb:g} KB an hour, seeds {', '.join(map(str, seeds))}"
    settings = {"hours": config.hours, "seeds": list(seeds), "budget": budget, "words": sorted(case.truth)}
    return Result(track="words", title=title, headings=HEADINGS, rows=rows, settings=settings)


def _case(library: Library, config: StreamConfig, seed: int, bars: Bars) -> WordCase:
    stream = frames_stream(config, library.clips(config.size), seed)
    place = library.place("words", asdict(config), seed)
    lite = open_encoder("lite", size=config.size[::-1])
    grid = lite.spaces["text"].grid
    assert grid is not None
    if not place.exists():
        _encode(stream, place, bars)
    text = np.load(place.with_suffix(".npy"), mmap_mode="r")
    with np.load(place) as kept:
        pixel = kept["pixel"]
    return WordCase(times=stream.times, pixel=pixel, text=text, grid=grid, truth=_truth(stream))


def _encode(stream: Stream, place, bars: Bars) -> None:
    lite, classic = open_encoder("lite", size=stream.config.size[::-1]), open_encoder("classic")
    n = len(stream.times)
    shape = (n, lite.spaces["text"].cells, CLASSES)
    out = np.lib.format.open_memmap(place.with_suffix(".npy"), "w+", np.float16, shape)
    pixel = np.zeros((n, 384), np.float32)
    for i in bars.track(range(n), f"encode words, seed {stream.seed}", n):
        picture = stream.picture(i)
        out[i] = lite.encode([picture])[0].spaces["text"].numpy()
        pixel[i] = classic.encode([picture])[0].spaces["pixel"].numpy()[0]
    out.flush()
    np.savez(place, pixel=pixel)


def _truth(stream: Stream) -> dict[str, list[Interval]]:
    """When something was on that a word names; a word counts if it is on for less than half of the stream."""
    found: dict[str, list[Interval]] = {}
    for shown in (*stream.needles, *stream.backgrounds):
        for name, words in CONTENT.items():
            if shown.clip.name.startswith(name):
                for word in words:
                    found.setdefault(word, []).append(shown.interval)
    half_s = stream.config.hours * 1800
    return {word: spans for word, spans in found.items() if sum(s.duration_s for s in spans) < half_s}


def _mark(
    name: str, case: WordCase, said: dict[str, list[float]], nbytes: int, us: float, ms: list[float]
) -> Row:
    """R@1, R@5, and the share of a word's showings that are among its first answers, as many as there are showings."""
    marks: dict[str, list[float]] = {"r1": [], "r5": [], "found": []}
    for word, spans in sorted(case.truth.items()):
        times = said[word]
        right = [hit(spans, Interval(t, t)) for t in times]
        marks["r1"].append(float(any(right[:1])))
        marks["r5"].append(float(any(right[:5])))
        met = [any(hit([span], Interval(t, t)) for t in times[: len(spans)]) for span in spans]
        marks["found"].append(float(np.mean(met)))
    return Row(
        name=name,
        marks={k: np.array(v) for k, v in marks.items()},
        nbytes=nbytes,
        ingest_us=us,
        query_ms=np.array(ms),
    )


def _pool(name: str, rows: Sequence[Row]) -> Row:
    return Row(
        name=name,
        marks={q: np.concatenate([row.marks[q] for row in rows]) for q in rows[0].marks},
        nbytes=max(row.nbytes for row in rows),
        ingest_us=float(np.mean([row.ingest_us for row in rows])),
        query_ms=np.concatenate([row.query_ms for row in rows]),
    )


def _all_frames(case: WordCase) -> Row:
    said, ms = {}, []
    words = sorted(case.truth)
    indicators = [open_encoder("lite").encode_words(word).what[0].numpy() > 0 for word in words]
    scores = np.zeros((len(words), len(case.times)), np.float32)
    began = time.process_time()
    for i in range(len(case.times)):
        frame = np.asarray(case.text[i], np.float32)
        for j, wanted in enumerate(indicators):
            scores[j, i] = frame[:, wanted].sum(axis=1).max()
    ms = [1e3 * (time.process_time() - began) / len(words)] * len(words)
    for word, score in zip(words, scores, strict=True):
        said[word] = _apart(case.times[np.argsort(-score, kind="stable")].tolist())
    return _mark("all frames", case, said, case.text.size * 2 + 16 * len(case.times), 0.0, ms)


def _apart(times: list[float], most: int = 100) -> list[float]:
    """The first of each showing: times that are near a better one are left out."""
    kept: list[float] = []
    for t_s in times:
        if all(abs(t_s - other) > 2 * SLACK_S for other in kept):
            kept.append(t_s)
        if len(kept) == most:
            break
    return kept


def _ours(case: WordCase, budget: int, bars: Bars) -> Row:
    encoder = open_encoder("lite", size=(case.grid[0] * 32, case.grid[1] * 32))
    shares = {"pixel": 0.1, "events": 0.01, "snapshots": 0.0, "text": 0.9, "other": 0.0}
    spaces = {"pixel": open_encoder("classic").spaces["pixel"], "text": encoder.spaces["text"]}
    memory = EpisodicMemory(EpisodicConfig(max_streams=1, shares=shares), spaces, budget)
    most, spent = 0, 0.0
    for i in bars.track(range(len(case.times)), "streammem", len(case.times)):
        text = torch.from_numpy(np.asarray(case.text[i], np.float32))
        features = Features(
            spaces={"pixel": torch.from_numpy(case.pixel[i])[None], "text": text}, grids={"text": case.grid}
        )
        began = time.process_time()
        memory.write(Observation(index=i, t_s=float(case.times[i]), rgb=DOT), features)
        spent += time.process_time() - began
        most = max(most, memory.nbytes())
    said, ms = {}, []
    for word in sorted(case.truth):
        began = time.process_time()
        hits = memory.search(Query(what=encoder.encode_words(word).what, space="text", top_k=100))
        ms.append(1e3 * (time.process_time() - began))
        said[word] = _apart(
            [t for found in hits for t in (found.t_s, *(o.start_s for o in found.occurrences))]
        )
    return _mark("streammem", case, said, most, 1e6 * spent / len(case.times), ms)
