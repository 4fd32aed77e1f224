"""Logs of other formats, of the same frames as `frames_log` writes."""

import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

TURN = Rotation.from_euler("xyz", [10, 20, 30], degrees=True)
CAMERA = "60 60 31.5 23.5"


def pose_at(k: float) -> np.ndarray:
    """Turned, 10 cm along x a frame."""
    pose = np.eye(4)
    pose[:3, :3], pose[0, 3] = TURN.as_matrix(), k / 10
    return pose


def seven(k: float) -> str:
    return " ".join(map(repr, [k / 10, 0.0, 0.0, *map(float, TURN.as_quat())]))


def _folders(folder: Path, n: int, kind: str = "", *, first: int = 0, scale: float = 1000.0) -> Path:
    """Folders of colour and depth, with poses as ScanNet, Redwood or slambook have them, or without."""
    for name in ("color", "depth"):
        (folder / name).mkdir(parents=True)
    for k in range(n):
        depth = np.full((48, 64), round((1 + k / 100) * scale), np.uint16)
        cv2.imwrite(str(folder / f"color/{k + first}.png"), np.full((48, 64, 3), k, np.uint8))
        cv2.imwrite(str(folder / f"depth/{k + first}.png"), depth)
    (folder / "camera-intrinsics.txt").write_text(CAMERA)
    if kind == "scannet":
        (folder / "pose").mkdir()
        for k in range(n):
            np.savetxt(folder / f"pose/{k + first}.txt", pose_at(k))
    elif kind == "redwood":
        rows = [
            f"{k} {k} {k + 1}\n" + "\n".join(" ".join(map(repr, map(float, row))) for row in pose_at(k))
            for k in range(n)
        ]
        (folder / "trajectory.log").write_text("\n".join(rows))
    elif kind == "slambook":
        (folder / "pose.txt").write_text("\n".join(seven(k) for k in range(n)))
        (folder / "depth-scale.txt").write_text(f"{scale:g}\n")
    return folder


def _tum(folder: Path, n: int, *, poses_s: list[float] | None = None, delay_s: float = 0.01) -> Path:
    """Colours at 25 Hz from 100 s on, depths `delay_s` later, poses of a steady motion at 10 Hz."""
    lists: dict[str, list[str]] = {"rgb": ["# timestamp file"], "depth": []}
    for name in lists:
        (folder / name).mkdir(parents=True)
    for k in range(n):
        for name, late_s in (("rgb", 0.0), ("depth", delay_s)):
            t_s = 100 + k / 25 + late_s
            lists[name].append(f"{t_s:.6f} {name}/{t_s:.6f}.png")
            picture = (
                np.full((48, 64, 3), k, np.uint8)
                if name == "rgb"
                else np.full((48, 64), 5000 + 50 * k, np.uint16)
            )
            cv2.imwrite(str(folder / f"{name}/{t_s:.6f}.png"), picture)
    times_s = poses_s if poses_s is not None else [99.95 + k / 10 for k in range(n + 2)]
    truth = [f"{t_s!r} {seven((t_s - 100) * 25)}" for t_s in times_s]
    for name, lines in {**lists, "groundtruth": ["# ground truth", "", *truth]}.items():
        (folder / f"{name}.txt").write_text("\n".join(lines))
    (folder / "camera-intrinsics.txt").write_text(CAMERA)
    return folder


def squeezed(data: bytes) -> bytes:
    """A stream of LZFSE with one block that is stored as it is."""
    return b"bvx-" + struct.pack("<I", len(data)) + data + b"bvx$"


class _LzfseError(Exception):
    pass


def _decompress(data: bytes) -> bytes:
    if data[:4] != b"bvx-" or data[-4:] != b"bvx$":
        raise _LzfseError("Failed to decompress")
    return data[8:-4]


def _record3d(path: Path, n: int, **changes: object) -> Path:
    """A recording: colour of 64x48, depth of 32x24, OpenGL poses, one pixel of low confidence."""
    quaternion, facts = list(map(float, TURN.as_quat())), {"w": 64, "h": 48, "dw": 32, "dh": 24, "fps": 25}
    facts |= {
        "K": [60, 0, 0, 0, 60, 0, 31.5, 23.5, 1],
        "poses": [[*quaternion, k / 10, 0, 0] for k in range(n)],
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "metadata", json.dumps({k: v for k, v in (facts | changes).items() if v is not None})
        )
        for k in range(n):
            depth, trust = np.full((24, 32), 1 + k / 100, np.float32), np.full((24, 32), 2, np.uint8)
            trust[0, 0], depth[0, 1] = 0, np.nan
            picture = io.BytesIO(cv2.imencode(".jpg", np.full((48, 64, 3), k, np.uint8))[1].tobytes())
            archive.writestr(f"rgbd/{k}.jpg", picture.read())
            archive.writestr(f"rgbd/{k}.depth", squeezed(depth.tobytes()))
            archive.writestr(f"rgbd/{k}.conf", squeezed(trust.tobytes()))
    return path


@pytest.fixture
def folders() -> Callable[..., Path]:
    return _folders


@pytest.fixture
def tum() -> Callable[..., Path]:
    return _tum


@pytest.fixture
def record3d(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes recordings; the package that unpacks them is a double where it is not installed."""
    try:
        import liblzfse  # noqa: F401  # only whether it is there
    except ImportError:
        double = ModuleType("liblzfse")
        double.decompress, double.error = _decompress, _LzfseError  # type: ignore[attr-defined]  # a stand-in module
        monkeypatch.setitem(sys.modules, "liblzfse", double)
    return _record3d


@pytest.fixture
def pose() -> Callable[[float], np.ndarray]:
    return pose_at
