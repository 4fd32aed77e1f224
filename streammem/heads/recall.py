"""Find, count, last seen: questions by words, by picture or by time.

The head knows one verb of the memory, `search`, the key points of its pictures, and the encoder that filled it. A question by
words is one search. A question by picture runs in up to three steps: the same moment (pixels), the same thing
(frame and patch features, and small things by themselves), and a geometric check of the best candidates on their
snapshots, which tells look-alikes apart and gives the box.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from streammem.errors import ObservationError, SpaceError
from streammem.heads.sketches import Sketches
from streammem.interface import CropEncoder, Encoder
from streammem.memory.geometry import Matcher, Sketch, sketch
from streammem.types import Event, Evidence, Interval, Query

__all__ = ["Line", "Recall", "RecallConfig", "beside", "merge"]

Search = Callable[[Query], Sequence[Evidence]]

# Cosine -> probability that it is the same thing: slope and middle of a logistic curve, fitted on real clips by
# `python -m benchmarks.recall` (object: on composed ones, `python -m benchmarks.recall.objects`), each middle moved up
# to where one wrong pair in a thousand lies.
CALIBRATION = {"pixel": (19.2, 0.63), "frame": (19.0, 0.65), "patch": (50.3, 0.59), "object": (20.9, 0.75)}
OBJECT = "object"  # the space of small things, each described as if it were a picture of its own
INLIERS = (0.28, 7.7)  # the same curve over key points that agree


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallConfig:
    """How a picture is looked for, and when something counts as seen."""

    candidates: int = 30  # snapshots that get the geometric check
    seen: float = 0.5  # the score from which on something was seen
    same_visit_s: float = 2.0  # sightings closer than this are one

    def __post_init__(self) -> None:
        if self.candidates < 1 or not 0 < self.seen < 1 or self.same_visit_s < 0:
            raise ObservationError(
                f"candidates >= 1, 0 < seen < 1 and same_visit_s >= 0 are needed, got {self}"
            )


@dataclass(frozen=True, slots=True)
class Line:
    """One vector of a question, the space to look for it in, and the curve that makes a probability of a raw score."""

    space: str
    what: Tensor
    slope: float
    middle: float

    def probability(self, raw: float) -> float:
        """How sure a raw score is."""
        return _logistic(raw, self.slope, self.middle)


class Recall:
    """Answers questions from one memory."""

    def __init__(
        self,
        search: Search,
        sketches: Sketches,
        encoders: Sequence[Encoder],
        *,
        spaces: Iterable[str],
        config: RecallConfig | None = None,
    ) -> None:
        self._search, self._sketches, self._encoders = search, sketches, tuple(encoders)
        self._spaces = frozenset(spaces)
        self.config = config or RecallConfig()

    def by_words(self, text: str, query: Query) -> list[Evidence]:
        """What looks like these words; `query` says when, which stream and how many.

        Raises:
            SpaceError: if this memory's encoder has no words.
            VocabularyError: if the encoder does not know them.
        """
        words = self._encoders[-1].encode_words(text)
        hits = self._search(dataclasses.replace(query, what=words.what, space=words.space))
        return [
            dataclasses.replace(hit, score=_logistic(hit.score, words.slope, words.middle)) for hit in hits
        ]

    def by_picture(self, picture: UInt8[np.ndarray, "_ _ 3"], query: Query) -> list[Evidence]:
        """What looks like this picture, whole or as a part; best first."""
        with ThreadPoolExecutor(1) as beside_it:  # neither key points nor networks hold the interpreter
            points = beside_it.submit(sketch, picture)
            ranked = self._candidates(picture, query)
        checked = self._check(points.result(), ranked[: self.config.candidates])
        ranked = sorted([*checked, *ranked[self.config.candidates :]], key=_by_score)
        return ranked[: query.top_k]

    def _candidates(self, picture: UInt8[np.ndarray, "_ _ 3"], query: Query) -> list[Evidence]:
        """What has codes like those of the picture, best first."""
        wide = dataclasses.replace(query, top_k=max(query.top_k, self.config.candidates))
        best: dict[tuple[str, int], Evidence] = {}
        answerable = False
        for space, vector in self._vectors(picture):
            answerable = True
            hits = self._search(dataclasses.replace(wide, what=vector, space=space))
            _keep_best(best, (_calibrated(hit, *CALIBRATION[space]) for hit in hits))
        if not answerable:
            raise self._no_pictures()
        return sorted(best.values(), key=_by_score)

    def lines(self, *, text: str | None, image: UInt8[np.ndarray, "_ _ 3"] | None) -> list[Line]:
        """A question by words or by picture, made ready to be asked again and again (`Standing`).

        Raises:
            SpaceError: if this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know.
        """
        if text is not None:
            words = self._encoders[-1].encode_words(text)
            return [Line(words.space, words.what, words.slope, words.middle)]
        assert image is not None
        lines = [Line(space, what, *CALIBRATION[space]) for space, what in self._vectors(image)]
        if not lines:
            raise self._no_pictures()
        return lines

    def _no_pictures(self) -> SpaceError:
        return SpaceError(
            f"pictures cannot be looked for in this memory, it has the spaces {sorted(self._spaces)}: "
            "watch the stream again with an encoder that gives 'pixel', 'frame' or 'patch'"
        )

    def _vectors(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> Iterator[tuple[str, Tensor]]:
        """The picture as a whole in each space that has one vector a picture, and as a part of one in `patch`."""
        for encoder in self._encoders:
            for space, vectors in encoder.encode([picture])[0].spaces.items():
                if vectors.shape[0] == 1 and space in self._spaces and space in CALIBRATION:
                    yield space, vectors
                if space == "pixel" and OBJECT in self._spaces:  # the same numbers, of a part of the picture
                    yield OBJECT, vectors
            if "patch" in self._spaces and isinstance(encoder, CropEncoder):
                yield "patch", encoder.encode_crop(picture)

    def _check(self, query: Sketch, hits: Sequence[Evidence]) -> list[Evidence]:
        """Raise the score of hits whose snapshot shows the query's key points in one affine place."""
        checked, matcher = [], Matcher(query)
        for hit in hits:
            # What stands around a small thing says nothing about it, and its own place is known.
            part = hit.box if hit.space == OBJECT else None
            shown = None if hit.snapshot is None else self._sketches.of(hit.snapshot, part)
            if shown is None:
                checked.append(hit)
                continue
            found = matcher.match(shown)
            if part is not None:
                found = dataclasses.replace(found, box=None)
            sure = _logistic(found.inliers, *INLIERS)
            # Two witnesses that agree: the chance that both are wrong.
            score = 1.0 - (1.0 - hit.score) * (1.0 - sure)
            box = found.box if found.box is not None and sure >= self.config.seen else hit.box
            checked.append(dataclasses.replace(hit, score=score, box=box))
        return checked

    def visits(self, hits: Iterable[Evidence]) -> dict[str, list[Interval]]:
        """When the accepted hits were seen, by stream: their occurrences, merged where they are one visit."""
        seen: dict[str, list[Interval]] = {}
        for hit in hits:
            if hit.score >= self.config.seen:
                seen.setdefault(hit.stream, []).extend(hit.occurrences)
        return {stream: merge(spans, self.config.same_visit_s) for stream, spans in seen.items()}

    def last(self, hits: Iterable[Evidence]) -> Evidence | None:
        """The accepted hit with the latest occurrence, told by that occurrence."""
        accepted = [hit for hit in hits if hit.score >= self.config.seen]
        if not accepted:
            return None
        hit = max(accepted, key=lambda hit: (hit.occurrences[-1].end_s, hit.score))
        return dataclasses.replace(hit, interval=hit.occurrences[-1])


def merge(spans: Iterable[Interval], gap_s: float) -> list[Interval]:
    """Join intervals that overlap or lie at most `gap_s` apart; oldest first.

    >>> merge([Interval(5, 6), Interval(0, 1), Interval(2, 3)], 1.5)
    [Interval(start_s=0, end_s=3), Interval(start_s=5, end_s=6)]
    """
    joined: list[Interval] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        if joined and span.start_s - joined[-1].end_s <= gap_s:
            joined[-1] = Interval(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def beside(events: Sequence[Event], hit: Evidence, n: int) -> list[Event]:
    """The `n` events after the hit's own, or the `-n` before it; `events` are one stream's, oldest first."""
    if not events:
        return []
    t_s = hit.interval.start_s
    own = min(events, key=lambda e: max(e.interval.start_s - t_s, t_s - e.interval.end_s, 0.0))
    at = next(i for i, event in enumerate(events) if event.id == own.id)
    return list(events[at + 1 : at + 1 + n] if n >= 0 else events[max(0, at + n) : at])


def _logistic(value: float, slope: float, middle: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(slope * (value - middle), -60.0), 60.0)))


def _calibrated(hit: Evidence, slope: float, middle: float) -> Evidence:
    return dataclasses.replace(hit, score=_logistic(hit.score, slope, middle))


def _keep_best(best: dict[tuple[str, int], Evidence], hits: Iterable[Evidence]) -> None:
    for hit in hits:
        key = hit.store, hit.exemplar
        kept = best.get(key)
        if kept is None or hit.score > kept.score:
            box = hit.box if hit.box is not None or kept is None else kept.box
            best[key] = dataclasses.replace(hit, box=box)


def _by_score(hit: Evidence) -> tuple[float, float]:
    return -hit.score, -hit.t_s
