"""One recorded episode on disk: an RGB-D log in TUM's layout, or only pictures, with a line for each step."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial.transform import Rotation

from streammem.errors import ObservationError, StoreError, StoreFullError
from streammem.types import Intrinsics, Observation

__all__ = ["EpisodeLog", "plain"]

logger = logging.getLogger(__name__)
MOST_NUMBERS = 64  # of an array that goes into a line of text
LARGEST = 65534  # of a depth; 65535 means that nothing was measured


class EpisodeLog:
    """Writes frames into `.NAME.part` and gives the folder its name when the episode is over.

    Raises:
        StoreError: if something cannot be written; StoreFullError if the disk is full.
    """

    def __init__(self, folder: Path, first: Observation, depth_scale: float, *, seed: int | None) -> None:
        self.folder, self._scale = folder, depth_scale
        self._part = folder.parent / f".{folder.name}.part"
        self._camera = first.intrinsics
        lacking = _lacking(first)
        self._posed = not lacking
        self._facts: dict[str, Any] = {"seed": seed, "frames": 0, "reward": 0.0, "names": {}}
        self._files: dict[str, TextIO] = {}
        if lacking:
            logger.info(
                "%s: only pictures are recorded, the environment has no %s", folder, " and no ".join(lacking)
            )
        try:
            self._open(first)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error

    def _open(self, first: Observation) -> None:
        self._part.mkdir()
        kinds = [
            "rgb",
            *(["depth"] if self._posed else []),
            *(["labels"] if first.labels is not None else []),
        ]
        lists = [f"{kind}.txt" for kind in kinds] + (["groundtruth.txt"] if self._posed else [])
        for kind in kinds:
            (self._part / kind).mkdir()
        for name in [*lists, "steps.jsonl"]:
            self._files[name] = (self._part / name).open("w", encoding="utf-8")
        if self._posed and self._camera is not None:
            camera = self._camera
            text = " ".join(f"{value!r}" for value in (camera.fx, camera.fy, camera.cx, camera.cy))
            (self._part / "camera-intrinsics.txt").write_text(f"{text}\n", encoding="utf-8")
            (self._part / "depth-scale.txt").write_text(f"{self._scale:g}\n", encoding="utf-8")

    def append(self, observation: Observation, told: Mapping[str, Any], names: Mapping[int, str]) -> None:
        """Write a frame and what is told about it.

        Raises:
            StoreError: see above.
            ObservationError: if the camera's lens, or what there is of depth and pose, changes within the episode.
        """
        self._check(observation)
        try:
            self._append(observation, told)
            if names != self._facts["names"]:
                self._facts["names"] = dict(names)
                text = json.dumps({str(label): name for label, name in names.items()}, ensure_ascii=False)
                (self._part / "names.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise self._failed(error) from error

    def _append(self, observation: Observation, told: Mapping[str, Any]) -> None:
        name, time = f"{self._facts['frames']:06d}.png", f"{observation.t_s:.6f}"
        _write(self._part / "rgb" / name, _png(cv2.cvtColor(observation.rgb, cv2.COLOR_RGB2BGR)))
        self._line("rgb.txt", f"{time} rgb/{name}")
        if self._posed and observation.depth_m is not None and observation.world_from_camera is not None:
            _write(self._part / "depth" / name, _png(_units(observation.depth_m, self._scale)))
            self._line("depth.txt", f"{time} depth/{name}")
            self._line("groundtruth.txt", f"{time} {_seven(observation.world_from_camera)}")
        if observation.labels is not None:
            file = _write_labels(self._part / "labels" / name, observation.labels)
            self._line("labels.txt", f"{time} labels/{file.name}")
        step = {"frame": self._facts["frames"], "t_s": observation.t_s, **told}
        self._line("steps.jsonl", json.dumps(step, ensure_ascii=False))
        self._facts["frames"] += 1
        self._facts["reward"] += told.get("reward", 0.0)

    def finish(self, by: str) -> None:
        """Close everything and give the folder its name: in one step, and never over another.

        Raises:
            StoreError: see above.
        """
        names = self._facts.pop("names")
        facts = {**self._facts, "ended": by, "labels": len(names)}
        try:
            (self._part / "episode.json").write_text(json.dumps(facts), encoding="utf-8")
            self._close()
            if self.folder.exists():
                raise StoreError(
                    f"{self.folder} came to be meanwhile: the episode is in {self._part}, move it yourself"
                )
            self._part.rename(self.folder)
        except OSError as error:
            self.abandon()
            if isinstance(error, StoreError):
                raise
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Let go of the files; what was written stays under its temporary name."""
        try:
            self._close()
        except (
            OSError
        ) as error:  # a full disk fails again at the last flush; the first error is the one that counts
            logger.debug("%s: %s", self._part, error)

    def _close(self) -> None:
        files, self._files = self._files, {}
        errors = []
        for file in files.values():
            try:
                file.close()
            except OSError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _line(self, name: str, text: str) -> None:
        self._files[name].write(f"{text}\n")
        self._files[name].flush()  # so that a killed process leaves a log that can be read

    def _check(self, observation: Observation) -> None:
        if self._posed and _lacking(observation):
            raise ObservationError(
                f"frame {self._facts['frames']} has no {' and no '.join(_lacking(observation))}, the first one had: an "
                "episode has them from its first frame to its last, or not at all"
            )
        if self._posed and observation.intrinsics != self._camera:
            raise ObservationError(
                f"the camera was {self._camera} and is {observation.intrinsics}: an episode is recorded with one lens"
            )

    def _failed(self, error: OSError) -> StoreError:
        kept = f"the {self._facts['frames']} frames before are in {self._part}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return StoreFullError(f"the disk of {self.folder.parent} is full: {kept}; make room and reset")
        return StoreError(f"the recording of {self.folder} failed: {error}; {kept}")


def plain(value: Any) -> Any:
    """What of a value is plain JSON: numbers, words, short arrays; the rest is left out of dictionaries and lists."""
    if isinstance(value, np.ndarray):
        return value.tolist() if value.dtype != object and value.size <= MOST_NUMBERS else None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        inside = {str(key): plain(part) for key, part in value.items()}
        return {key: part for key, part in inside.items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value] if len(value) <= MOST_NUMBERS else None
    return value if isinstance(value, (bool, int, float, str)) else None


def _lacking(observation: Observation) -> list[str]:
    parts: dict[str, NDArray[Any] | Intrinsics | None] = {
        "depth": observation.depth_m,
        "camera": observation.intrinsics,
        "pose": observation.world_from_camera,
    }
    return [name for name, part in parts.items() if part is None]


def _png(picture: NDArray[Any]) -> bytes:
    done, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done  # arrays of these types always are
    return data.tobytes()


def _write(file: Path, data: bytes) -> None:
    with file.open("xb") as stream:
        stream.write(data)


def _units(depth_m: Float32[np.ndarray, "h w"], scale: float) -> NDArray[np.uint16]:
    units = np.rint(np.nan_to_num(depth_m, nan=0.0, posinf=0.0, neginf=0.0) * scale)
    units[(units > LARGEST) | (units < 0)] = 0
    whole: NDArray[np.uint16] = units.astype(np.uint16)
    return whole


def _write_labels(file: Path, labels: Int32[np.ndarray, "h w"]) -> Path:
    """16 bits where that is enough, as PNG; else 32, as TIFF. Negative numbers are nothing."""
    known = np.maximum(labels, 0)
    if known.max(initial=0) < 1 << 16:
        _write(file, _png(known.astype(np.uint16)))
        return file
    file = file.with_suffix(".tif")
    Image.fromarray(known).save(file)
    return file


def _seven(pose: Float64[np.ndarray, "4 4"]) -> str:
    quaternion = Rotation.from_matrix(pose[:3, :3]).as_quat()
    return " ".join(f"{number:.9f}" for number in (*pose[:3, 3], *quaternion))
