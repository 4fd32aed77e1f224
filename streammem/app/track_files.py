"""The files of one run of `streammem track`: label pictures, overlay video, tracks as text; written as frames come."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TextIO

import numpy as np
from jaxtyping import UInt8

from streammem.app.exits import UsageError
from streammem.app.records import Record
from streammem.app.video_writer import VideoWriter
from streammem.heads.label_pictures import write_labels
from streammem.heads.mot import mot_line
from streammem.heads.overlay import overlay
from streammem.heads.rle import coco_records
from streammem.heads.segmentation import Segmentation

__all__ = ["TrackFiles"]


class TrackFiles:
    """Files of one run.

    A run that goes on after earlier frames numbers on, and puts its first number into the names of its other files:
    masks/00040.png, tracks-00040.txt. Text files and video are made with the first frame, so a run without one leaves
    those of an earlier run alone.

    Args:
        out: the folder; made where it is missing.
        first: number of the first frame.
        video: write the overlay.
        fps: of the overlay's last frame.

    Raises:
        UsageError: if a run that goes on would write over masks or tracks of another one.
    """

    def __init__(self, out: Path, *, first: int, video: bool, fps: float) -> None:
        self.out, self.first = out, first
        self.frames = 0
        self.seen: dict[int, int] = {}  # frames in which each object was present
        self.notes: list[Record] = []  # what was out of the ordinary, and when
        self._stack = ExitStack()
        tail = f"-{first:05d}" if first else ""
        self.tracks, self.records = (out / f"tracks{tail}{ending}" for ending in (".txt", ".json"))
        self.overlay = out / f"overlay{tail}.mp4" if video else None
        if first:
            self._refuse_to_overwrite()
        (out / "masks").mkdir(parents=True, exist_ok=True)
        self._video = None if self.overlay is None else VideoWriter(self.overlay, fps=fps)
        self._lines: TextIO | None = None
        self._entries = 0

    @property
    def number(self) -> int:
        """Of the next frame."""
        return self.first + self.frames

    def add(self, rgb: UInt8[np.ndarray, "h w 3"], found: Segmentation) -> None:
        """One frame."""
        if self._lines is None:
            self._open()
        assert self._lines is not None
        write_labels(self.out / "masks" / f"{self.number:05d}.png", found.labels)
        records = coco_records(found.labels, image=self.number, ids=found.ids, scores=found.scores)
        told = zip(found.ids, found.boxes, found.scores, found.states, records, strict=True)
        for id, box, score, state, record in told:
            self.seen[id] = self.seen.get(id, 0) + (state == "present")
            if box is not None:
                self._lines.write(mot_line(self.number, id, box, score) + "\n")
                whole = record | {"t_s": round(found.t_s, 6), "state": state}
                self._array.write(("[\n" if not self._entries else ",\n") + json.dumps(whole))
                self._entries += 1
        if self._video is not None:
            self._video.write(overlay(rgb, found.labels), found.t_s)
        if found.note:
            self.notes.append({"t_s": round(found.t_s, 6), "note": found.note})
        self.frames += 1

    def _open(self) -> None:
        if self._video is not None:
            self._stack.enter_context(self._video)
        self._lines = self._stack.enter_context(self.tracks.open("w", encoding="utf-8"))
        # A JSON array, written entry by entry: hours of footage fit.
        self._array = self._stack.enter_context(self.records.open("w", encoding="utf-8"))
        self._stack.callback(lambda: self._array.write("\n]\n" if self._entries else "[]\n"))

    def _refuse_to_overwrite(self) -> None:
        masks = (self.out / "masks").glob("*.png")
        later = [path for path in masks if path.stem.isdecimal() and int(path.stem) >= self.first]
        files = (self.tracks, self.records, self.overlay)
        taken = sorted(later) + [path for path in files if path is not None and path.exists()]
        if taken:
            raise UsageError(
                f"this run goes on with frame {self.first}, and {taken[0]} is there already: give another --out"
            )

    def __enter__(self) -> TrackFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
