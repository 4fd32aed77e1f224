"""What a memory can be asked, put together from its stores and the recall head; nothing here changes them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError
from streammem.heads.recall import Recall, beside
from streammem.heads.sketches import Sketches
from streammem.heads.standing import Standing
from streammem.memory.snapshots import decode_jpeg
from streammem.memory.spatial_answers import STORE as MAP
from streammem.memory.stores import Stores
from streammem.types import Event, Evidence, Frontier, Interval, MapObject, Query

__all__ = ["Questions"]

NOW = Interval(float("-inf"), float("inf"))
Id = int | np.integer[Any]
What = UInt8[np.ndarray, "_ _ 3"] | str | Id


class Questions(ABC):
    """Find, count, last seen, before and after: by picture, by words, by time, or by a followed object's id."""

    _stores: Stores

    @abstractmethod
    def _settle(self) -> None:
        """Make sure that questions see every frame that was taken in."""

    @abstractmethod
    def _altering(self) -> None:
        """Make sure that what follows may change the memory, and will be committed."""

    @abstractmethod
    def _recall(self) -> Recall:
        """The head for pictures and words."""

    @property
    def followed(self) -> tuple[int, ...]:
        """The ids of the objects that were ever followed and seen; `last_seen(id)` says when and where."""
        self._settle()
        return self._stores.followed

    def find(
        self,
        *,
        image: UInt8[np.ndarray, "_ _ 3"] | None = None,
        text: str | None = None,
        at: float | None = None,
        object: Id | None = None,
        during: Interval | None = None,
        stream: str | None = None,
        top_k: int = 5,
    ) -> list[Evidence]:
        """Where and when something was seen, best first: by picture or crop, by words, by time, or by a followed id.

        Of a followed object each look is an answer, the one last in sight first.

        Raises:
            ObservationError: unless exactly one of `image`, `text`, `at` and `object` is given; for an object that
                nobody followed; for an object where nothing can be followed.
            SpaceError: if this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know, with the nearest ones that it does.
        """
        if sum(part is not None for part in (image, text, at, object)) != 1:
            raise ObservationError(
                "ask by one of image=, text=, at= and object=; during= and stream= narrow it down"
            )
        self._settle()
        query = Query(during=during, stream=stream, top_k=top_k)
        if text is not None:
            return self._recall().by_words(text, query)
        if image is not None:
            return self._recall().by_picture(image, query)
        if object is not None:
            return self._stores.looks(int(object), stream=stream, during=during)[:top_k]
        assert at is not None
        hits = self._stores.episodic.at(at, stream=stream)
        return [hit for hit in hits if during is None or hit.interval.overlaps(during)][:top_k]

    def last_seen(
        self, what: What, *, during: Interval | None = None, stream: str | None = None
    ) -> Evidence | None:
        """The latest sighting of a picture, of words or of a followed object; its `interval` says when.

        None if never seen. A number is the id of a followed object: `t_s` is then the last time, `frame` that frame,
        `box` where the object was in it, `occurrences` those of all its looks, `snapshot` None unless a picture of
        that very frame was kept. With `during` they are those of the latest place in it that was kept; where none was,
        `box` is None and `frame` is -1.

        Raises:
            ObservationError: for an object that nobody followed, or where nothing can be followed.
        """
        if isinstance(what, int | np.integer):
            self._settle()
            return self._stores.last_followed(int(what), stream=stream, during=during)
        return self._recall().last(self._accepted(what, during, stream))

    def count(self, what: What, *, during: Interval | None = None, stream: str | None = None) -> int:
        """How many separate times a picture, words or a followed object were seen.

        Raises:
            ObservationError: for an object that nobody followed, or where nothing can be followed.
        """
        inside = during or NOW
        if isinstance(what, int | np.integer):
            self._settle()
            where = {hit.stream for hit in self._stores.looks(int(what), stream=stream)}
            last = [self._stores.last_followed(int(what), stream=name) for name in where]
            return sum(span.overlaps(inside) for hit in last if hit for span in hit.occurrences)
        visits = self._recall().visits(self._accepted(what, during, stream))
        return sum(span.overlaps(inside) for spans in visits.values() for span in spans)

    def _accepted(
        self, what: UInt8[np.ndarray, "_ _ 3"] | str, during: Interval | None, stream: str | None
    ) -> list[Evidence]:
        image, text = (None, what) if isinstance(what, str) else (what, None)
        hits = self.find(image=image, text=text, during=during, stream=stream, top_k=100)
        return [hit for hit in hits if hit.score >= self._recall().config.seen]

    def before(self, hit: Evidence, n: int = 1) -> list[Event]:
        """The `n` events of the hit's stream that end before the hit's own begins, oldest first."""
        return beside(self.timeline(stream=hit.stream), hit, -n)

    def after(self, hit: Evidence, n: int = 1) -> list[Event]:
        """The `n` events of the hit's stream that begin after the hit's own ends, oldest first."""
        return beside(self.timeline(stream=hit.stream), hit, n)

    def standing(
        self, *, image: UInt8[np.ndarray, "_ _ 3"] | None = None, text: str | None = None
    ) -> Standing:
        """A question that is asked again and again, about what is new alone: prepared once, it costs next to nothing.

        Raises:
            ObservationError: unless exactly one of `image` and `text` is given.
            SpaceError: if this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know, with the nearest ones that it does.
        """
        if (image is None) == (text is None):
            raise ObservationError("a standing question is one by image= or by text=")
        return Standing(self._recall().lines(text=text, image=image), self._stores, self._settle)

    def timeline(self, *, stream: str | None = None, during: Interval | None = None) -> list[Event]:
        """What happened, oldest first."""
        self._settle()
        return self._stores.episodic.events(stream=stream, during=during)

    def rehearse(self) -> bool:
        """Get one kept picture ready for questions by picture, newest first; False if there is nothing to do.

        For idle moments: what was not made ready takes its time when somebody asks. Answers do not depend on it.
        """
        return self._sketches.prepare(reversed(self._stores.episodic.snapshots()))

    @cached_property
    def _sketches(self) -> Sketches:
        return Sketches(lambda id: decode_jpeg(self._stores.episodic.jpeg(id)))

    def event(self, id: int) -> Event | None:
        """One event by its number; None if there is none, or it was merged into the one before."""
        self._settle()
        return self._stores.episodic.event(id)

    def exemplar(self, id: int) -> Evidence | None:
        """One kept exemplar with all its occurrences; None once it was dropped."""
        self._settle()
        return self._stores.episodic.exemplar(id)

    def jpeg(self, of: Evidence | Event | MapObject | Frontier | Id) -> bytes | None:
        """The stored picture that proves an answer or stands for an event or a thing; None where none was kept.

        A number is that of a snapshot, as evidence of pictures gives it; None once that was dropped.
        """
        self._settle()
        episodic = self._stores.episodic
        if isinstance(of, int | np.integer):
            return episodic.jpeg(int(of))
        if isinstance(of, MapObject | Frontier) or (isinstance(of, Evidence) and of.store == MAP):
            spatial = self._stores.spatial
            shown = (of.snapshots or (None,))[0] if isinstance(of, MapObject) else of.snapshot
            return None if spatial is None or shown is None else spatial.jpeg(shown)
        if isinstance(of, Evidence):
            return None if of.snapshot is None else episodic.jpeg(of.snapshot)
        for id in of.exemplars:
            first = episodic.exemplar(id)
            if first is not None and first.snapshot is not None:
                return episodic.jpeg(first.snapshot)
        return None

    def picture(self, of: Evidence | Event | MapObject | Frontier | Id) -> UInt8[np.ndarray, "_ _ 3"] | None:
        """The same as RGB."""
        return decode_jpeg(self.jpeg(of))
