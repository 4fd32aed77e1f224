"""Recordings of the Record3D app (`.r3d`): a zip archive, or the folder it was unpacked into.

`metadata` is JSON; `rgbd/N.jpg` are the colours, `rgbd/N.depth` float32 metres and `rgbd/N.conf` a byte each (0 low, 1,
2 high), both LZFSE-compressed. K and the intrinsics of each frame (fx, fy, cx, cy) are of the colour, column by
column; `poses` are qx qy qz qw px py pz of the camera in the world, OpenGL axes, y up (https://record3d.app, answers
of its author in the issues of marek-simonik/record3d).
"""

from __future__ import annotations

import dataclasses
import json
import math
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float32

from streammem.errors import PoseError, SourceError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.rgbd.cameras import pinhole
from streammem.perception.sources.rgbd.log import File, Log, Shot
from streammem.perception.sources.rgbd.pairing import unposed
from streammem.perception.sources.rgbd.trajectories import MISSING, Posed, text_of
from streammem.poses import from_opengl, pose_of_quaternion
from streammem.types import Intrinsics

__all__ = ["is_record3d", "record3d_log"]

LIDAR = (192, 256)  # width and height of depth where the recording does not say; what such phones deliver
RATE = 30.0
TRUSTED = 1  # the least confidence that counts as measured: ARKit's medium


def is_record3d(path: Path) -> bool:
    """Whether it is such an archive, whatever its name, or such a folder."""
    if path.is_dir():
        return (path / "metadata").is_file() and (path / "rgbd").is_dir()
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):  # a pipe must not be read from
            return False
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
    return "metadata" in names and any(name.startswith("rgbd/") for name in names)


def record3d_log(path: Path, options: SourceOptions) -> Log:
    """The recording, frame by frame.

    Raises:
        UnsupportedSourceError: if `liblzfse` is missing, or the metadata lack what a log needs.
    """
    if not is_record3d(path):
        raise UnsupportedSourceError(f"{path} has no metadata and no rgbd/: it is no recording of Record3D")
    lzfse = _lzfse(path)
    if path.is_dir():
        return _log(path, path, options, lzfse)
    archive = zipfile.ZipFile(path)
    try:
        log = _log(path, zipfile.Path(archive), options, lzfse)
    except BaseException:
        archive.close()
        raise
    return dataclasses.replace(log, close=archive.close)


def _lzfse(path: Path) -> ModuleType:
    try:
        return import_module("liblzfse")
    except ImportError as error:
        raise UnsupportedSourceError(
            f"{path} is a recording of Record3D, whose depth is LZFSE-compressed, and the package pyliblzfse is missing: "
            "pip install 'streammem[record3d]'"
        ) from error


def _log(path: Path, root: File, options: SourceOptions, lzfse: ModuleType) -> Log:
    facts = _facts(path, root)
    if not facts["poses"]:
        raise unposed(path, "Record3D", "its metadata list no poses")
    cameras = _cameras(path, facts, options)
    files = {file.name: file for file in (root / "rgbd").iterdir()}
    numbers = sorted(int(name[:-4]) for name in files if name.endswith(".jpg") and name[:-4].isdecimal())
    depths = {int(name[:-6]) for name in files if name.endswith(".depth") and name[:-6].isdecimal()}
    if not numbers or not depths:
        raise UnsupportedSourceError(
            f"{path} holds no rgbd/0.jpg with an rgbd/0.depth: it is no whole recording"
        )
    times_s = _times(facts)
    shots = []
    for number in numbers:
        posed = _posed(facts["poses"], number)
        shots.append(
            Shot(
                number=number,
                color=files[f"{number}.jpg"],
                depth=files.get(f"{number}.depth"),
                pose=posed.pose,
                flaw=posed.flaw,
                t_s=times_s[number] if number < len(times_s) else None,
                camera=cameras[number] if number < len(cameras) else None,
            )
        )
    if any(shot.t_s is None for shot in shots):  # one clock for all
        shots = [dataclasses.replace(shot, t_s=shot.number / facts["fps"]) for shot in shots]

    def read(file: File, pixel_limit: int) -> Float32[np.ndarray, "_ _"]:
        trust = files.get(f"{file.name.removesuffix('.depth')}.conf")
        return _depth(file, trust, (facts["dw"], facts["dh"]), pixel_limit, lzfse)

    return Log(
        title="Record3D",
        shots=shots,
        camera=cameras[0],
        depth_scale=options.depth_scale or 1.0,
        read=read,
        origin="intrinsics as given" if options.intrinsics else "its own intrinsics",
        alone=len(depths - set(numbers)),
        up=(0.0, 1.0, 0.0),
    )


def _facts(path: Path, root: File) -> dict[str, Any]:
    """The metadata, their sizes, rate and poses being what they should be."""
    try:
        facts = json.loads(text_of(root / "metadata"))
        sizes = {"w": facts["w"], "h": facts["h"], "dw": LIDAR[0], "dh": LIDAR[1], **facts}
        rate = float(facts.get("fps") or RATE)
        poses = facts.get("poses") or []
        known = {
            **facts,
            **{side: int(sizes[side]) for side in ("w", "h", "dw", "dh")},
            "fps": rate,
            "poses": poses,
        }
        if (
            min(known[side] for side in ("w", "h", "dw", "dh")) < 1
            or not rate > 0
            or not isinstance(poses, list)
        ):
            raise ValueError("sizes and fps must be positive, poses a list")
    except (ValueError, KeyError, TypeError, OverflowError, zipfile.BadZipFile, zlib.error) as error:
        raise UnsupportedSourceError(
            f"the metadata of {path} are not those of Record3D (w, h, K, poses): {type(error).__name__} {error}"
        ) from error
    return known


def _cameras(path: Path, facts: dict[str, Any], options: SourceOptions) -> list[Intrinsics]:
    """The depth's camera: of each frame, or one for all."""
    depth_size = (facts["dw"], facts["dh"])
    if options.intrinsics is not None:
        return [options.intrinsics.rescaled(*depth_size)]
    try:
        each = facts.get("perFrameIntrinsicCoeffs") or [[facts["K"][n] for n in (0, 4, 6, 7)]]
        cameras = [pinhole((fx, fy, cx, cy), (facts["w"], facts["h"]), str(path)) for fx, fy, cx, cy in each]
    except (TypeError, ValueError, LookupError) as error:
        if isinstance(error, SourceError):
            raise
        raise UnsupportedSourceError(
            f"the metadata of {path} hold no intrinsics, neither K nor four numbers a frame: give intrinsics="
        ) from error
    return [camera.rescaled(*depth_size) for camera in cameras]


def _times(facts: dict[str, Any]) -> list[float]:
    times = facts.get("frameTimestamps") or []
    good = isinstance(times, list) and all(
        isinstance(t_s, int | float) and math.isfinite(t_s) for t_s in times
    )
    return [float(t_s) for t_s in times] if good else []


def _posed(poses: list[Any], number: int) -> Posed:
    if number >= len(poses):
        return MISSING
    try:
        *quaternion, x, y, z = poses[number]
        return Posed(from_opengl(pose_of_quaternion((x, y, z), quaternion)))
    except (PoseError, TypeError, ValueError) as error:
        return Posed(None, str(error))


def _depth(
    file: File, trust: File | None, size: tuple[int, int], pixel_limit: int, lzfse: ModuleType
) -> Float32[np.ndarray, "h w"]:
    width, height = size
    if width * height > pixel_limit:
        raise UnsupportedSourceError(
            f"{file} has {width}x{height} pixels, more than pixel_limit={pixel_limit}"
        )
    depth = np.frombuffer(_unpacked(file, lzfse), dtype="<f4")
    if len(depth) != width * height:
        raise UnsupportedSourceError(
            f"{file} holds {len(depth)} depths, not {width}x{height}: it was cut off"
        )
    depth = depth.astype(np.float32).reshape(height, width)
    if trust is not None:
        confidence = np.frombuffer(_unpacked(trust, lzfse), dtype=np.uint8)
        if len(confidence) == depth.size:
            depth[confidence.reshape(depth.shape) < TRUSTED] = 0
    return depth


def _unpacked(file: File, lzfse: ModuleType) -> bytes:
    try:
        with file.open("rb") as stream:
            return bytes(lzfse.decompress(stream.read()))
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, lzfse.error, MemoryError) as error:
        # The package reports a stream that was cut off as a lack of memory.
        raise UnsupportedSourceError(f"{file} cannot be read ({error})") from error
