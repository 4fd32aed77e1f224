"""Alerts: "tell me when you see this", in words or by example, with a threshold and a cool-down.

A rule is told of once for each visit. A visit ends when its sight was gone for as long as `RecallConfig.same_visit_s`
says, or for a few frames where frames are rarer than that. A visit that begins within the cool-down waits: it is told of
when the cool-down is over, if it still lasts. Only an alert that went out spends the cool-down.
"""

from __future__ import annotations

import dataclasses
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from streammem.app.records import Record
from streammem.app.server.alert_rule import AlertRule
from streammem.app.server.images import decode_picture
from streammem.errors import ObservationError, StreamMemError
from streammem.heads.standing import Standing
from streammem.memory.sights import Sight
from streammem.stream import StreamMemory
from streammem.types import BoundingBox, Changes, Evidence

__all__ = ["MOST_RULES", "AlertRule", "Alerts"]

MOST_RULES = 64
GONE_FRAMES = 2.5  # frames without it that end a visit, where they are rarer than the visits' own gap

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Visit:
    """Of one rule in one stream: when it was in sight last, and whether this visit was told of."""

    seen_s: float
    told: bool = False


@dataclass(slots=True)
class Watch:
    """One rule at work. `question` is None where the memory cannot watch for it; `problem` says why."""

    rule: AlertRule
    question: Standing | None
    problem: str | None
    visits: dict[str, Visit]


class Alerts:
    """The rules of one memory; lives where the memory lives, and is asked after each frame.

    Args:
        rules: as `rules()` gave them. One that cannot be watched for any more is kept, with its `problem`.
        memory: who sees.
        clock: the time of day in unix seconds.
    """

    def __init__(
        self,
        rules: Iterable[Mapping[str, Any]],
        memory: StreamMemory,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._memory, self._clock = memory, clock
        self._watches: dict[str, Watch] = {}
        self._frames: dict[
            str, tuple[float, float | None]
        ] = {}  # stream -> its last frame, and the time before it
        for record in rules:
            self._resume(record)

    def _resume(self, record: Mapping[str, Any]) -> None:
        try:
            rule = AlertRule.from_record(record)
        except ObservationError as error:
            logger.error("an alert rule is not readable and was left out: %s", error)
            return
        try:
            question, problem = self._prepared(rule), None
        except StreamMemError as error:
            question, problem = None, str(error)
            logger.warning("alert %r is not watched for: %s", rule.name, error)
        self._watches[rule.id] = Watch(rule, question, problem, {})

    # -- rules -----------------------------------------------------------------------------------------------

    def add(self, rule: Mapping[str, Any]) -> Record:
        """Watch for one thing more; the whole rule, with its id.

        Raises:
            ObservationError: for a rule that cannot be watched for, an id that there is, or one too many.
            SpaceError: where this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know.
        """
        made = AlertRule.from_record(rule)
        if made.id in self._watches:
            raise ObservationError(
                f"there is an alert {made.id!r} already: remove it first, or leave the id out"
            )
        if len(self._watches) >= MOST_RULES:
            raise ObservationError(
                f"there are {MOST_RULES} alerts, the most that there may be: remove one first"
            )
        watch = Watch(made, self._prepared(made), None, {})
        self._watches[made.id] = watch
        return _record(watch)

    def remove(self, id: str) -> bool:
        """Watch for one thing less; False if there was no such rule."""
        return self._watches.pop(id, None) is not None

    def rules(self) -> list[Record]:
        """All rules, oldest first, with when they fired last: what a sidecar keeps."""
        return [_record(watch) for watch in self._watches.values()]

    def _prepared(self, rule: AlertRule) -> Standing:
        if rule.example is None:
            return self._memory.standing(text=rule.text)
        return self._memory.standing(image=decode_picture(rule.example))

    # -- watching --------------------------------------------------------------------------------------------

    def check(self, stream: str, t_s: float, changes: Changes) -> list[Record]:
        """The alerts that the frame just taken sets off."""
        gone_s = self._gone(stream, t_s)
        sights: list[Sight] | None = None
        fired = []
        for watch in self._watches.values():
            if watch.question is None or watch.rule.stream not in (None, stream):
                continue
            if sights is None:
                sights = watch.question.sights(stream, t_s)
            seen = watch.question.score(sights) >= watch.rule.threshold
            if seen and self._due(watch, stream, t_s, gone_s):
                fired.append(self._fire(watch, sights, stream, t_s))
        return fired

    def _gone(self, stream: str, t_s: float) -> float:
        """After how long without it a visit is over, by what was usual before this frame."""
        before_s, usual_s = self._frames.get(stream, (None, None))
        step_s = None if before_s is None else t_s - before_s
        self._frames[stream] = (t_s, step_s)
        return max(self._memory.config.recall.same_visit_s, GONE_FRAMES * (usual_s or step_s or 0.0))

    def _due(self, watch: Watch, stream: str, t_s: float, gone_s: float) -> bool:
        """Book a sight; says whether it is to be told of."""
        visit = watch.visits.get(stream)
        if visit is None or t_s - visit.seen_s > gone_s:
            visit = watch.visits[stream] = Visit(t_s)
        visit.seen_s = t_s
        fired_s = watch.rule.fired_s.get(stream)
        if visit.told or (fired_s is not None and 0 <= t_s - fired_s < watch.rule.cooldown_s):
            return False
        visit.told = True
        return True

    def _fire(self, watch: Watch, sights: list[Sight], stream: str, t_s: float) -> Record:
        assert watch.question is not None
        hit = watch.question.evidence(sights)
        assert hit is not None  # something scored
        watch.rule = dataclasses.replace(watch.rule, fired_s={**watch.rule.fired_s, stream: t_s})
        return _alert(watch.rule, hit, stream, t_s, self._clock())


def _record(watch: Watch) -> Record:
    return watch.rule.to_record() | {"problem": watch.problem}


def _alert(rule: AlertRule, hit: Evidence, stream: str, t_s: float, unix_s: float) -> Record:
    """What is told. The picture may be of an earlier time at which the memory first saw this: `picture_s`."""
    return {
        "type": "alert",
        "id": uuid.uuid4().hex[:12],
        "rule": rule.id,
        "name": rule.name,
        "webhook": rule.webhook,
        "stream": stream,
        "t_s": round(t_s, 3),
        "score": round(hit.score, 4),
        "box": _box(hit.box),
        "snapshot": hit.snapshot,
        "picture_s": round(hit.t_s, 3),
        "unix_s": round(unix_s, 3),
    }


def _box(box: BoundingBox | None) -> list[float] | None:
    return None if box is None else [round(side, 4) for side in (box.left, box.top, box.right, box.bottom)]
