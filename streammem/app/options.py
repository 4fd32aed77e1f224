"""Options of the commands that have many; kept free of heavy imports, so that --help is instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token

from streammem.app.corrections import Correction, parse_correction
from streammem.app.exits import UsageError
from streammem.app.times import parse_span, parse_time

__all__ = ["FindOptions", "Span", "Time", "TrackOptions", "WatchOptions"]


def _time(_: Any, tokens: Sequence[Token]) -> float:
    return parse_time(tokens[0].value)


def _span(_: Any, tokens: Sequence[Token]) -> tuple[float, float]:
    return parse_span(tokens[0].value)


def _numbers(_: Any, tokens: Sequence[Token]) -> tuple[tuple[int, ...], ...]:
    found = []
    for token in tokens:
        try:
            found.append(tuple(int(part) for part in token.value.split(",")))
        except ValueError as error:
            raise UsageError(
                f"{token.keyword} takes whole pixels with commas between, got {token.value!r}"
            ) from error
    return tuple(found)


def _ids(_: Any, tokens: Sequence[Token]) -> tuple[int, ...]:
    try:
        return tuple(int(part) for token in tokens for part in token.value.split(","))
    except ValueError as error:
        given = " ".join(token.value for token in tokens)
        raise UsageError(f"--objects takes labels with commas between, such as 1,4, got {given!r}") from error


def _corrections(_: Any, tokens: Sequence[Token]) -> tuple[Correction, ...]:
    return tuple(parse_correction(token.value) for token in tokens)


Corrections = Annotated[
    tuple[Correction, ...], Parameter(converter=_corrections, n_tokens=1, metavar="WHEN:FILE")
]
Ids = Annotated[tuple[int, ...], Parameter(converter=_ids, n_tokens=1, metavar="ID,ID")]
Pixels = Annotated[tuple[tuple[int, ...], ...], Parameter(converter=_numbers, n_tokens=1)]
Time = Annotated[float, Parameter(converter=_time, n_tokens=1, metavar="TIME")]
Span = Annotated[
    tuple[float, float], Parameter(converter=_span, n_tokens=1, metavar="A..B", consume_multiple=False)
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class WatchOptions:
    """How to watch.

    Attributes:
        store: Folder of the memory; made when new, resumed when it is there.
        budget: Bytes that the memory may take, such as 64MB. A new store gets 64MB, an old one keeps its own.
        encoder: What makes the features: lite, classic, timm:NAME or clip:NAME. A store keeps its encoder.
        device: Where deep features are computed: cpu or cuda.
        stream: Name of this stream in the memory; the file's name where left out.
        fps: Take at most this many frames a second.
        size: Shrink pictures to this many pixels on the long side.
        start: Start here; a resumed file goes on after the last frame seen.
        seconds: Stop after this much stream time.
        until: Stop at this stream time.
        encode_rate: Most frames a second that get deep features.
        commit_every: Seconds between commits.
        durability: What a commit outlives: kill (a killed process) or power (a power cut; slower).
        quiet: Print nothing but errors.
        json: Print the summary as JSON.
    """

    store: Annotated[Path, Parameter(name=("--store", "-s"))]
    budget: Annotated[str | None, Parameter(metavar="BYTES")] = None
    encoder: str | None = None
    device: str = "cpu"
    stream: str | None = None
    fps: float | None = None
    size: int | None = None
    start: Time | None = None
    seconds: Time | None = None
    until: Time | None = None
    encode_rate: float | None = None
    commit_every: float | None = None
    durability: Literal["kill", "power"] = "kill"
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False
    json: bool = False

    def check(self) -> None:
        """Raises: UsageError: if options contradict each other or a number is out of range."""
        for name in ("fps", "size", "encode_rate", "commit_every", "seconds"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise UsageError(f"--{name.replace('_', '-')} must be above 0, got {given:g}")
        if self.seconds is not None and self.until is not None:
            raise UsageError("--seconds and --until both say when to stop: give one of them")
        if self.until is not None and self.start is not None and self.until <= self.start:
            raise UsageError(f"--until {self.until:g} s lies before --start {self.start:g} s")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class FindOptions:
    """What to look for.

    Attributes:
        text: A word or a few, such as bicycle.
        image: A picture of the thing: a crop of a frame, a photo.
        at: A time: what was there to see?
        object: The number of a followed object: each of its looks, how often and when it was last seen.
        during: Only what was seen in this span of time; an end may be left out.
        stream: Only in this stream.
        top: Most answers to give.
        save_pictures: Save the pictures that prove the answers in this folder, with the box drawn in.
        min_score: Answers below this score count as nothing found, 0 to 1.
        json: Print the answers as JSON.
    """

    text: Annotated[str | None, Parameter(name=("--text", "-t"))] = None
    image: Annotated[Path | None, Parameter(name=("--image", "-i"))] = None
    at: Time | None = None
    object: Annotated[int | None, Parameter(metavar="ID")] = None
    during: Span | None = None
    stream: str | None = None
    top: Annotated[int, Parameter(name=("--top", "-n"))] = 5
    save_pictures: Annotated[Path | None, Parameter(metavar="DIR")] = None
    min_score: float | None = None
    json: bool = False

    def check(self) -> None:
        """Raises: UsageError: if there is not exactly one question or a number is out of range."""
        asked = [name for name in ("text", "image", "at", "object") if getattr(self, name) is not None]
        if len(asked) != 1:
            found = " and ".join(f"--{name}" for name in asked) or "none of them"
            raise UsageError(
                f"ask one thing: --text WORD, --image FILE, --at TIME or --object ID, got {found}"
            )
        if self.text is not None and not self.text.strip():
            raise UsageError("--text is empty: write what to look for, for example --text bicycle")
        if self.object is not None and self.object < 1:
            raise UsageError(f"--object takes the number of a followed object, from 1 on, got {self.object}")
        if self.top < 1:
            raise UsageError(f"--top must be at least 1, got {self.top}")
        if self.object is not None and self.min_score is not None:
            raise UsageError(
                "--min-score is about likeness, and a followed object is known by its number: leave it out"
            )
        if self.min_score is not None and not 0 <= self.min_score <= 1:
            raise UsageError(f"--min-score lies between 0 and 1, got {self.min_score:g}")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class TrackOptions:
    """What to follow, and where the results go.

    Attributes:
        mask: A labelled PNG of the first frame: 0 for the ground, 1, 2, … for the objects; or black and white.
        box: Left,top,width,height of an object in the first frame, in pixels. May be given again for another object.
        point: X,y on an object in the first frame, in pixels. May be given again for another object.
        objects: Follow only these labels of --mask (and of --correct); all of them where left out.
        correct: A labelled PNG for a later frame: 120:fix.png for masks/00120.png put right, or a time, 4.8s:fix.png,
            for the first frame at or after it. Its objects are corrected there, new ones join, the others are followed
            on. May be given again.
        out: Folder for masks, overlay video and tracks.
        store: Track inside this memory, too: made when new, gone on with when it is there, then without --mask.
        budget: Bytes that the memory may take, such as 256MB; half of it is for tracking. A new store gets 64MB, an old
            one keeps its own.
        stream: Name of this stream in the memory; the file's name where left out.
        weights: A checkpoint of XMem (.pth or .safetensors) instead of the small network that comes along.
        device: Where the network runs: cpu or cuda.
        side: Pixels of the shorter side that the network sees; 480 with --weights, 288 without. A store keeps its own.
        start: Start here; what is marked is in this frame. With --store a file goes on after the last frame seen.
        seconds: Stop after this much stream time.
        fps: Take at most this many frames a second.
        no_video: Write no overlay video.
        quiet: Print nothing but errors.
        json: Print the summary as JSON.
    """

    mask: Annotated[Path | None, Parameter(name=("--mask", "-m"))] = None
    box: Annotated[Pixels, Parameter(metavar="L,T,W,H")] = ()
    point: Annotated[Pixels, Parameter(metavar="X,Y")] = ()
    objects: Ids = ()
    correct: Corrections = ()
    out: Annotated[Path, Parameter(name=("--out", "-o"))] = Path("tracks")
    store: Annotated[Path | None, Parameter(name=("--store", "-s"))] = None
    budget: Annotated[str | None, Parameter(metavar="BYTES")] = None
    stream: str | None = None
    weights: Path | None = None
    device: str = "cpu"
    side: int | None = None
    start: Time | None = None
    seconds: Time | None = None
    fps: float | None = None
    no_video: bool = False
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False
    json: bool = False

    @property
    def marked(self) -> bool:
        """Whether something is marked in the first frame."""
        return self.mask is not None or bool(self.box) or bool(self.point)

    def check(self) -> None:
        """Raises: UsageError: if nothing is marked, it is marked in two ways, or a number or time is out of range."""
        if self.mask is not None and (self.box or self.point):
            raise UsageError(
                "--mask says what to follow, and so do --box and --point: give one or the others"
            )
        if self.store is None and not self.marked:
            raise UsageError("say what to follow: --mask first.png, or --box L,T,W,H and --point X,Y")
        for name in ("budget", "stream"):
            if self.store is None and getattr(self, name) is not None:
                raise UsageError(f"--{name} is about a memory: give --store as well, or leave it out")
        for name, count, wanted in (("box", 4, "left,top,width,height"), ("point", 2, "x,y")):
            for given in getattr(self, name):
                if len(given) != count:
                    raise UsageError(f"--{name} takes {wanted}, got {','.join(map(str, given))}")
        if self.objects and self.mask is None:
            raise UsageError("--objects chooses labels of --mask: boxes and points are followed all")
        if any(id < 1 for id in self.objects):
            raise UsageError(f"--objects takes labels from 1 on, got {min(self.objects)}; 0 is the ground")
        start_s = self.start or 0.0
        early = [fix for fix in self.correct if fix.t_s is not None and fix.t_s < start_s]
        if early:
            raise UsageError(f"--correct {early[0]} lies before --start {start_s:g} s")
        for name in ("side", "seconds", "fps"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise UsageError(f"--{name} must be above 0, got {given:g}")
