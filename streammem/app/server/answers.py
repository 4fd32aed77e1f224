"""What is answered. Every key is documented in the OpenAPI description; a newer server may add keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AlertRuleAnswer",
    "Alerting",
    "Bucket",
    "Card",
    "ChangesAnswer",
    "Count",
    "EventAnswer",
    "FollowAnswer",
    "Found",
    "Health",
    "LastSeen",
    "Problem",
    "State",
    "Stats",
    "StreamState",
    "TimelineAnswer",
]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


class Problem(_Answer):
    """What was wrong, and what to do about it."""

    error: Annotated[str, Field(examples=["top_k must be at least 1, got 0"])]
    kind: Annotated[str, Field(description="The error's class in Python.", examples=["ObservationError"])]


class Health(_Answer):
    """The server answers."""

    ok: bool = True


class StreamState(_Answer):
    """One stream, as it stands."""

    name: str
    number: Annotated[int, Field(description="What it is called in the header of a picture.")]
    kind: Annotated[str, Field(description="camera, network, file, folder, browser or api.")]
    status: Annotated[str, Field(description="stopped, starting, live, lost, ended or failed.")]
    message: Annotated[str, Field(description="What is wrong and what to do; empty where all is well.")] = ""
    live: Annotated[bool, Field(description="Whether its clock is that of the wall.")] = False
    fps: float | None = None
    size: Annotated[list[int] | None, Field(description="Width and height in pixels.")] = None
    t_s: Annotated[float | None, Field(description="Its clock at the newest picture.")] = None
    origin_unix_s: Annotated[
        float | None, Field(description="Unix time at which its clock stood at 0; null for files.")
    ] = None
    dropped: Annotated[dict[str, int], Field(description="Pictures that were not taken, by where.")] = {}
    gaps: Annotated[int, Field(description="How often it was lost.")] = 0
    pace: str | None = None


class Card(_Answer):
    """One answer: when, how often, where in the picture, how sure, and which picture proves it."""

    t_s: float
    score: float
    stream: str
    interval: Annotated[list[float | None], Field(description="When it was seen, around `t_s`.")]
    times: Annotated[int, Field(description="How often it was seen.")]
    occurrences: Annotated[
        list[list[float | None]], Field(description="All the times that it was seen, oldest first.")
    ]
    box: Annotated[
        list[float] | None,
        Field(description="Where in the picture: left, top, right, bottom.", examples=[[0.1, 0.2, 0.4, 0.6]]),
    ] = None
    object: Annotated[int | None, Field(description="The followed object that it is.")] = None
    event: int | None = None
    snapshot: int | None = None
    ago_s: Annotated[
        float | None, Field(description="How long ago it was last seen, on the stream's clock.")
    ] = None
    origin_unix_s: Annotated[
        float | None, Field(description="Unix time at which the stream's clock stood at 0.")
    ]
    picture: Annotated[
        str | None, Field(description="Where its picture is.", examples=["/api/snapshots/7.jpg"])
    ]


class Found(_Answer):
    """Answers, best first; none where nothing was seen that is like it."""

    question: Annotated[dict[str, Any], Field(examples=[{"text": "bicycle"}])]
    seen: Annotated[float, Field(description="From this score on it counts as seen.", examples=[0.5])]
    best_score: Annotated[float | None, Field(description="Of all that was compared, seen or not.")]
    hits: list[Card]
    took_ms: float


class LastSeen(_Answer):
    """The latest time that it was seen; null where it never was."""

    hit: Card | None


class Count(_Answer):
    """How often it was seen."""

    count: Annotated[int, Field(ge=0)]


class EventAnswer(_Answer):
    """A stretch of a stream in which nothing surprising happened."""

    id: int
    stream: str
    start_s: float | None
    end_s: float | None
    open: Annotated[bool, Field(description="It still goes on.")]
    surprise: float | None


class Bucket(_Answer):
    """Events that lie together on the timeline, with the most surprising of them."""

    start_s: float | None
    end_s: float | None
    events: Annotated[int, Field(description="How many; 1 is the event itself.")]
    event: Annotated[int, Field(description="The most surprising one.")]
    surprise: float | None
    open: bool
    stream: str


class TimelineAnswer(_Answer):
    """What there is between two times, in at most as many parts as were asked for."""

    span: Annotated[
        list[float] | None, Field(description="First and last time; null where nothing was seen.")
    ]
    buckets: list[Bucket]


class Stats(_Answer):
    """What the memory holds, what it takes, and how it keeps up."""

    budget: Annotated[int, Field(description="Bytes that it may take.")]
    nbytes: Annotated[int, Field(description="Bytes that it takes.")]
    parts: Annotated[dict[str, int], Field(description="Bytes by part.")]
    dropped: Annotated[dict[str, int], Field(description="What was forgotten to stay within the budget.")]
    events: int
    snapshots: int
    engine: Annotated[
        dict[str, Any],
        Field(description="By stream: frames, dropped, fps, lag_s; and busy, the share of time at work."),
    ]


class ChangesAnswer(_Answer):
    """What a picture did to the memory."""

    t_s: Annotated[float, Field(description="Its time on the stream's clock.")]
    opened: Annotated[list[int], Field(description="Events that begin.")]
    closed: Annotated[list[int], Field(description="Events that ended.")]


class FollowAnswer(_Answer):
    """What is followed from now on."""

    object: Annotated[int, Field(description="Its number.")]
    method: Annotated[str | None, Field(description="How it is followed.")] = None
    note: Annotated[str | None, Field(description="What one should know about it.")] = None


class AlertRuleAnswer(_Answer):
    """What is watched for."""

    id: str
    name: str
    text: str | None = None
    threshold: float = 0.5
    cooldown_s: float = 60.0
    stream: str | None = None
    webhook: str | None = None
    created_unix_s: float | None = None
    picture: Annotated[str | None, Field(description="Where its example is; null for words.")] = None
    problem: Annotated[str | None, Field(description="Why it is not watched for.")] = None


class Alerting(_Answer):
    """Rules, oldest first, and what they told lately."""

    rules: list[AlertRuleAnswer]
    recent: list[dict[str, Any]]


class State(_Answer):
    """All that a page needs to begin."""

    version: str
    streams: list[StreamState]
    followed: list[Any]
    capabilities: Annotated[
        dict[str, Any], Field(examples=[{"follow": True, "text": True, "encoder": "lite"}])
    ]
    webhooks: Annotated[list[str], Field(description="Names of configured webhooks.")]
    alerts: Alerting
    engine: Annotated[dict[str, Any], Field(examples=[{"alive": True, "opening": False, "restarts": 0}])]
