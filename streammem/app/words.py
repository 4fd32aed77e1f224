"""Which everyday things a memory has seen, by asking it for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streammem.errors import SpaceError, VocabularyError
from streammem.heads.recall import RecallConfig, merge
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["EVERYDAY", "Sighting", "words_seen"]

_EVERYDAY = """
    car bus truck bicycle motorcycle train streetcar boat airplane ambulance
    dog cat bird horse cow sheep elephant bear monkey fish insect
    flower fruit vegetable mushroom pizza bread
    bottle cup plate bowl table chair sofa bed lamp desk bookcase wardrobe curtain
    computer keyboard laptop television telephone camera clock refrigerator stove washer toilet
    bridge church castle fence mountain seashore fountain
    ball guitar piano shoe hat necktie suit sunglasses umbrella backpack
"""
EVERYDAY = tuple(_EVERYDAY.split())
_MOST_HITS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """A word, its best picture, everything that looks like it and when that was seen."""

    word: str
    best: Evidence
    hits: tuple[Evidence, ...]
    visits: tuple[Interval, ...]  # in the stream of the best picture


def words_seen(memory: StreamMemory, words: Iterable[str] | None) -> list[Sighting]:
    """The words that the memory answers with enough certainty, surest first.

    Everyday words that the encoder does not know are passed over; a word that the caller chose is not.

    Raises:
        VocabularyError: for a chosen word that the encoder does not know.
        SpaceError: for chosen words where the encoder has no words at all.
    """
    config = RecallConfig()
    seen = []
    for word in EVERYDAY if words is None else dict.fromkeys(words):
        try:
            found = memory.find(text=word, top_k=_MOST_HITS)
        except VocabularyError:
            if words is not None:
                raise
            continue
        except SpaceError:
            if words is not None:
                raise
            return []
        hits = tuple(hit for hit in found if hit.score >= config.seen)
        if hits:
            spans = (span for hit in hits if hit.stream == hits[0].stream for span in hit.occurrences)
            visits = tuple(merge(spans, config.same_visit_s))
            seen.append(Sighting(word=word, best=hits[0], hits=hits, visits=visits))
    return sorted(seen, key=lambda sighting: -sighting.best.score)
