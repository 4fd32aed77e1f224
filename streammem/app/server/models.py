"""What may be sent: the bodies of requests, with their limits. Whatever is not named here is refused."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "AlertQuestion",
    "Box",
    "Cooldown",
    "FollowRequest",
    "Name",
    "Question",
    "Sighting",
    "Span",
    "StreamName",
    "Threshold",
    "Time",
    "Token",
    "TopK",
    "WebhookName",
    "Width",
]

_FAR = 1e11  # seconds: three thousand years, either way

Time = Annotated[
    float, Field(ge=-_FAR, le=_FAR, allow_inf_nan=False, description="Seconds of the stream's clock.")
]
StreamName = Annotated[
    str, Field(min_length=1, max_length=64, description="A stream's name.", examples=["kitchen"])
]
Name = Annotated[
    str, Field(min_length=1, max_length=100, description="What to call it.", examples=["visitor"])
]
TopK = Annotated[int, Field(ge=1, le=100, description="At most so many answers, best first.")]
Width = Annotated[int, Field(ge=16, le=4096, description="Pixels; larger pictures are made smaller.")]
Words = Annotated[
    str, Field(min_length=1, max_length=200, description="What it is called.", examples=["bicycle"])
]
Threshold = Annotated[float, Field(ge=0, le=1, description="Tell from this score on.")]
Cooldown = Annotated[float, Field(ge=0, le=31_536_000, description="Seconds to stay quiet after telling.")]
WebhookName = Annotated[
    str, Field(min_length=1, max_length=100, description="A webhook of the configuration, by its name.")
]
_Side = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Box = Annotated[
    tuple[_Side, _Side, _Side, _Side],
    Field(
        description="left, top, right, bottom as fractions of the picture.", examples=[[0.25, 0.4, 0.5, 0.9]]
    ),
]
Span = Annotated[
    tuple[Time | None, Time | None],
    Field(description="Only between these times, both included; null is open.", examples=[[0, 600]]),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Token(_Body):
    """The secret of the address that the server printed, after `#token=`."""

    token: Annotated[str, Field(min_length=1, max_length=256, examples=["q8w…"])]


class Sighting(_Body):
    """One of `text` and `object` says what is asked; the rest narrows it down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "bicycle"}, {"object": 3}, {"text": "dog", "during": [0, 3600]}]
        }
    )

    text: Words | None = None
    object: Annotated[int | None, Field(ge=0, le=2**31 - 1, description="A followed object.")] = None
    stream: StreamName | None = None
    during: Span | None = None

    _choices: ClassVar[tuple[str, ...]] = ("text", "object")

    @model_validator(mode="after")
    def _one(self) -> Sighting:
        given = self.asked()
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(self._choices)}, got {' and '.join(given) or 'none'}; "
                "a picture is sent to the same address with /picture added"
            )
        start_s, end_s = self.during or (None, None)
        if start_s is not None and end_s is not None and start_s > end_s:
            raise ValueError("during runs backward: write the earlier time first")
        return self

    def asked(self) -> dict[str, Any]:
        """What was asked: the one that is given."""
        return self.model_dump(include=set(self._choices), exclude_none=True)


class Question(Sighting):
    """One of `text`, `at_s` and `object` says what is asked; the rest narrows it down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "bicycle", "top_k": 5},
                {"at_s": 83.5, "stream": "kitchen"},
                {"object": 3},
                {"text": "dog", "during": [0, 3600]},
            ]
        }
    )

    at_s: Annotated[Time | None, Field(description="What was seen at this time.")] = None
    top_k: TopK = 10

    _choices: ClassVar[tuple[str, ...]] = ("text", "at_s", "object")


class FollowRequest(_Body):
    """Follow what is in this box of the stream's newest picture."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"stream": "kitchen", "box": [0.25, 0.4, 0.5, 0.9]}]}
    )

    stream: StreamName
    box: Box

    @model_validator(mode="after")
    def _area(self) -> FollowRequest:
        left, top, right, bottom = self.box
        if not (left < right and top < bottom):
            raise ValueError("the box is empty: left must be less than right, top less than bottom")
        return self


class AlertQuestion(_Body):
    """Tell when something like these words is seen."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "bicycle", "threshold": 0.6, "cooldown_s": 300}]}
    )

    text: Words
    name: Name | None = None
    threshold: Threshold = 0.5
    cooldown_s: Cooldown = 60.0
    stream: StreamName | None = None
    webhook: WebhookName | None = None
