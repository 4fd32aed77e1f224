"""What is marked in a stream, and where: the first frame's masks, boxes or points, and corrections further on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int32, UInt8

from streammem.app.corrections import Correction
from streammem.app.exits import UsageError
from streammem.app.options import TrackOptions
from streammem.app.terminal import messages, plural, visible
from streammem.heads.label_pictures import read_labels
from streammem.heads.prompts import PromptedMask, from_box, from_points

__all__ = ["Marks"]

Labels = Int32[np.ndarray, "h w"]


class Marks:
    """Labels for the frames that somebody has marked. Every file is read once before the stream is opened.

    Args:
        options: what is marked, and which of its objects are wanted.
        silent: print nothing about how boxes and points became masks.

    Raises:
        SourceError: if a file is missing or is no label picture.
        UsageError: if an object that is wanted is in no file, or a file holds none that is.
    """

    def __init__(self, options: TrackOptions, *, silent: bool) -> None:
        self._options, self._silent = options, silent
        self._begun = False
        self._left = list(options.correct)
        files = [*([] if options.mask is None else [options.mask]), *(fix.path for fix in self._left)]
        self._sizes = _checked(dict.fromkeys(files), options.objects)

    @property
    def unused(self) -> tuple[Correction, ...]:
        """Corrections whose frame has not come."""
        return tuple(self._left)

    def at(self, frame: int, t_s: float, rgb: UInt8[np.ndarray, "h w 3"]) -> Labels | None:
        """What is marked in this frame; None if nothing is.

        Raises:
            UsageError: if a file's size is not the frame's, or a box or point leaves nothing of another.
        """
        labels = None if self._begun else self._first(rgb)
        self._begun = True
        due = [fix for fix in self._left if fix.due(frame, t_s)]
        self._left = [fix for fix in self._left if fix not in due]
        for fix in due:
            labels = _painted(labels, self._read(fix.path, rgb.shape[:2]))
        return labels

    def _first(self, rgb: UInt8[np.ndarray, "h w 3"]) -> Labels | None:
        """What is marked in the first frame of this run; None for a run that goes on with what a memory follows."""
        size = rgb.shape[:2]
        for fix in self._left:
            if self._sizes[fix.path] != size and not self._silent:
                warn = f"{fix.path} is {_shown(self._sizes[fix.path])}, the first frame {_shown(size)}: "
                messages().print(visible(f"{warn}it is refused unless the frames change to its size"))
        if self._options.mask is not None:
            return self._read(self._options.mask, size)
        return self._pointed(rgb) if self._options.marked else None

    def _read(self, path: Path, size: tuple[int, int]) -> Labels:
        labels = _wanted(read_labels(path).labels, self._options.objects)
        if labels.shape != size:
            raise UsageError(
                f"{path} is {_shown(labels.shape)}, the frame {_shown(size)}: give it the frame's size"
            )
        return labels

    def _pointed(self, rgb: UInt8[np.ndarray, "h w 3"]) -> Labels:
        """Boxes and points, numbered as they were given."""
        prompts = [from_box(rgb, (b[0], b[1], b[2], b[3])) for b in self._options.box]
        prompts += [from_points(rgb, [(p[0], p[1])]) for p in self._options.point]
        labels = np.zeros(rgb.shape[:2], np.int32)
        for id, prompt in enumerate(prompts, start=1):
            labels[prompt.mask] = id
            if not self._silent:
                _told(id, prompt)
        hidden = [id for id in range(1, len(prompts) + 1) if not (labels == id).any()]
        if hidden:
            raise UsageError(
                f"object {hidden[0]} lies wholly under another one: mark them apart, or give --mask"
            )
        return labels


def _checked(files: Iterable[Path], wanted: Sequence[int]) -> dict[Path, tuple[int, int]]:
    """Height and width of each file."""
    sizes: dict[Path, tuple[int, int]] = {}
    held: dict[Path, tuple[int, ...]] = {}
    for path in files:
        picture = read_labels(path)
        sizes[path], held[path] = (picture.labels.shape[0], picture.labels.shape[1]), picture.objects
    there = {id for objects in held.values() for id in objects}
    missing = [str(id) for id in wanted if id not in there]
    if missing:
        raise UsageError(f"no label picture holds object {', '.join(missing)}: {_holdings(held)}")
    for path, objects in held.items():
        if not objects or (wanted and not set(objects) & set(wanted)):
            raise UsageError(f"{path} marks none of the objects to follow: {_holdings(held)}")
    return sizes


def _holdings(held: dict[Path, tuple[int, ...]], most: int = 12) -> str:
    def listed(objects: tuple[int, ...]) -> str:
        return ", ".join(map(str, objects[:most])) + (", …" if len(objects) > most else "")

    return "; ".join(f"{path} holds {listed(objects) or 'nothing'}" for path, objects in held.items())


def _wanted(labels: Labels, objects: Sequence[int]) -> Labels:
    return np.where(np.isin(labels, objects), labels, 0).astype(np.int32) if objects else labels


def _painted(labels: Labels | None, over: Labels) -> Labels:
    """The objects of one picture as another one has them."""
    if labels is None:
        return over
    kept = np.where(np.isin(labels, np.unique(over)), 0, labels)
    return np.where(over > 0, over, kept).astype(np.int32)


def _shown(size: tuple[int, ...]) -> str:
    return f"{size[1]}x{size[0]}"


def _told(id: int, prompt: PromptedMask) -> None:
    pixels = plural(int(prompt.mask.sum()), "pixel")
    note = f" ({prompt.note})" if prompt.note else ""
    messages().print(f"object {id}: {pixels} by {prompt.method}{note}", soft_wrap=True)
