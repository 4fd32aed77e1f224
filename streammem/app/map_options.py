"""Options of the commands that draw and ask a map; kept free of heavy imports, so that --help is instant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token

from streammem.app.exits import UsageError
from streammem.app.options import Span, Time, WatchOptions

__all__ = ["AXES", "MapOptions", "Point", "RouteOptions", "Up", "WhereOptions", "written"]

AXES = {
    f"{sign}{name}": tuple(step * float(at == axis) for at in range(3))
    for axis, name in enumerate("xyz")
    for sign, step in (("", 1.0), ("+", 1.0), ("-", -1.0))
}
Triple = tuple[float, float, float]


def written(point: Sequence[float]) -> str:
    """A place as the options take it.

    >>> written((1.0, -0.5, 2.25))
    '1.00,-0.50,2.25'
    """
    return ",".join(f"{number:.2f}" for number in point)


def _numbers(token: Token, count: int, wanted: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in token.value.split(","))
    except ValueError:
        found = ()
    if len(found) != count or not all(map(math.isfinite, found)):
        raise UsageError(f"{token.keyword} takes {wanted}, got {token.value!r}")
    return found


def _point(_: Any, tokens: Sequence[Token]) -> Triple:
    x, y, z = _numbers(tokens[0], 3, "x,y,z in metres, such as 1.5,0,0.8")
    return x, y, z


def _end(hint: Any, tokens: Sequence[Token]) -> Triple | Literal["last"]:
    return "last" if tokens[0].value == "last" else _point(hint, tokens)


def _up(_: Any, tokens: Sequence[Token]) -> Triple | Literal["camera"]:
    word = tokens[0].value
    if word == "camera":
        return "camera"
    if word in AXES:
        x, y, z = AXES[word]
    else:
        x, y, z = _numbers(tokens[0], 3, "x, y, z, -x, -y, -z, three numbers such as 0,0,1, or camera")
    if not (x or y or z):
        raise UsageError("--up is a direction: not all of its numbers can be 0")
    return x, y, z


def _camera(_: Any, tokens: Sequence[Token]) -> tuple[float, ...]:
    camera = _numbers(tokens[0], 6, "fx,fy,cx,cy,width,height in pixels")
    if not (camera[0] > 0 and camera[1] > 0 and all(side >= 1 and side == int(side) for side in camera[4:])):
        raise UsageError(
            f"{tokens[0].keyword} takes focal lengths above 0 and a size in whole pixels, got {tokens[0].value!r}"
        )
    return camera


def _value(convert: Any, metavar: str) -> Parameter:
    return Parameter(
        converter=convert, n_tokens=1, metavar=metavar, allow_leading_hyphen=True, consume_multiple=False
    )


Point = Annotated[Triple, _value(_point, "X,Y,Z")]
End = Annotated[Triple | Literal["last"], _value(_end, "X,Y,Z|last")]
Up = Annotated[Triple | Literal["camera"], _value(_up, "AXIS|X,Y,Z|camera")]
Camera = Annotated[tuple[float, ...], _value(_camera, "FX,FY,CX,CY,W,H")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class MapOptions:
    """How to draw a map.

    Attributes:
        store: Folder of the memory; made when new, resumed when it is there.
        budget: Bytes that the memory may take, map and all, such as 256MB. A new store gets 256MB, an old one keeps its
            own.
        voxel: Size of the map's smallest cubes in metres; 0.05 for a new store.
        far: Depths beyond this many metres draw no surface; 4 for a new store.
        up: Where the world's up points: z, -y, 0,0,1; camera for what the first frame holds up. Left out, it is what the
            log promises, else the axis that is nearest to the first frame's up.
        encoder: What makes the features: lite, classic, timm:NAME or clip:NAME. A store keeps its encoder.
        device: Where map and deep features are computed: cpu or cuda.
        stream: Name of this walk in the memory; the folder's name where left out.
        fps: Take at most this many frames a second.
        start: Start here; a resumed log goes on after the last frame seen.
        seconds: Stop after this much of the log's time.
        intrinsics: The depth pictures' camera, where the log does not say it or says it wrongly.
        depth_scale: Their units per metre: 1000 for millimetres, 5000 for TUM's.
        format: How to read the folder, where what it holds does not tell.
        mesh: Write a colour mesh of what this run saw: a .ply or .glb file.
        picture: Write the map seen from above: a .png file.
        quiet: Print nothing but errors.
        json: Print the summary as JSON.
    """

    store: Annotated[Path, Parameter(name=("--store", "-s"))]
    budget: Annotated[str | None, Parameter(metavar="BYTES")] = None
    voxel: float | None = None
    far: float | None = None
    up: Up | None = None
    encoder: str | None = None
    device: str = "cpu"
    stream: str | None = None
    fps: float | None = None
    start: Time | None = None
    seconds: Time | None = None
    intrinsics: Camera | None = None
    depth_scale: float | None = None
    format: Literal["7-scenes", "scannet", "redwood", "slambook", "tum", "record3d"] | None = None
    mesh: Path | None = None
    picture: Path | None = None
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False
    json: bool = False

    def check(self) -> None:
        """Raises: UsageError: if a number is out of range, or a file's name does not end as it has to."""
        for name in ("voxel", "far", "fps", "seconds", "depth_scale"):
            given = getattr(self, name)
            if given is not None and not (given > 0 and math.isfinite(given)):
                raise UsageError(f"--{name.replace('_', '-')} must be above 0, got {given:g}")
        if self.voxel is not None and self.far is not None and self.far <= self.voxel:
            raise UsageError(f"--far {self.far:g} m must be more than a voxel of {self.voxel:g} m")
        if self.mesh is not None and self.mesh.suffix.lower() not in (".ply", ".glb"):
            raise UsageError(f"--mesh writes .ply or .glb, got {self.mesh}")
        _check_png("--picture", self.picture)

    def watching(self, *, budget: str | None) -> WatchOptions:
        """The same as options of `watch`."""
        return WatchOptions(
            store=self.store,
            budget=budget,
            encoder=self.encoder,
            device=self.device,
            stream=self.stream,
            fps=self.fps,
            start=self.start,
            seconds=self.seconds,
            quiet=self.quiet,
            json=self.json,
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class WhereOptions:
    """What to look for on the map.

    Attributes:
        text: A word or a few, such as chair; names that the log gave count as well.
        image: A picture of the thing: a crop of a frame, a photo.
        object: The number of an object of the map.
        near: A place: what is there? Beside --text or --image, only what is there counts.
        radius: Metres around --near.
        during: Only what was there in this span of time; an end may be left out.
        top: Most answers to give.
        save_pictures: Save the pictures that prove the answers in this folder, with the box drawn in, and the map with the
            answers marked.
        min_score: Answers below this score count as nothing found, 0 to 1.
        json: Print the answers as JSON.
    """

    text: Annotated[str | None, Parameter(name=("--text", "-t"))] = None
    image: Annotated[Path | None, Parameter(name=("--image", "-i"))] = None
    object: Annotated[int | None, Parameter(metavar="ID")] = None
    near: Point | None = None
    radius: Annotated[float | None, Parameter(metavar="METRES")] = None
    during: Span | None = None
    top: Annotated[int, Parameter(name=("--top", "-n"))] = 5
    save_pictures: Annotated[Path | None, Parameter(metavar="DIR")] = None
    min_score: float | None = None
    json: bool = False

    def check(self) -> None:
        """Raises: UsageError: unless one question is asked that makes sense."""
        asked = sum(part is not None for part in (self.text, self.image, self.object))
        if asked > 1 or not (asked or self.near is not None):
            raise UsageError(
                "ask by one of --text WORD, --image FILE, --object ID and --near X,Y,Z; --near beside --text or --image "
                "narrows it down"
            )
        if self.text is not None and not self.text.strip():
            raise UsageError("--text is empty: give a word, such as chair")
        if self.object is not None and self.object < 1:
            raise UsageError(f"--object takes the number of an object, from 1 on, got {self.object}")
        if self.object is not None and any(
            part is not None for part in (self.near, self.during, self.min_score)
        ):
            raise UsageError("--object names one object: leave --near, --during and --min-score out")
        if self.radius is not None and self.near is None:
            raise UsageError("--radius is about --near X,Y,Z: give that as well, or leave it out")
        if self.radius is not None and not (self.radius > 0 and math.isfinite(self.radius)):
            raise UsageError(f"--radius must be above 0, got {self.radius:g}")
        if self.top < 1:
            raise UsageError(f"--top must be at least 1, got {self.top}")
        if self.min_score is not None and not 0 <= self.min_score <= 1:
            raise UsageError(f"--min-score lies between 0 and 1, got {self.min_score:g}")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class RouteOptions:
    """From where, to where.

    Attributes:
        from_: Where the way begins: a place, or last for where the camera was last.
        to: Where it ends: a place.
        to_text: Or what best fits a word or a few.
        to_image: Or what a picture shows.
        to_object: Or an object, by its number on the map.
        picture: Write the map with the way drawn in: a .png file.
        json: Print JSON.
    """

    from_: Annotated[End, Parameter(name="--from")] = "last"
    to: Point | None = None
    to_text: str | None = None
    to_image: Path | None = None
    to_object: Annotated[int | None, Parameter(metavar="ID")] = None
    picture: Path | None = None
    json: bool = False

    def check(self) -> None:
        """Raises: UsageError: unless there is one goal."""
        goals = (self.to, self.to_text, self.to_image, self.to_object)
        if sum(part is not None for part in goals) != 1:
            raise UsageError(
                "say where to by one of --to X,Y,Z, --to-text WORD, --to-image FILE and --to-object ID"
            )
        if self.to_object is not None and self.to_object < 1:
            raise UsageError(f"--to-object takes the number of an object, from 1 on, got {self.to_object}")
        _check_png("--picture", self.picture)


def _check_png(option: str, path: Path | None) -> None:
    if path is not None and path.suffix.lower() != ".png":
        raise UsageError(f"{option} writes a .png file, got {path}")
