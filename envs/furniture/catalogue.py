"""What a catalogue says of its models: names, sizes, places. Reading it opens no model."""

from __future__ import annotations

import logging
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from streammem.envs.furniture.archive import Archive
from streammem.envs.furniture.properties import read_properties
from streammem.errors import UnsupportedSourceError

__all__ = ["Catalogue", "Entry", "read_catalogue"]

log = logging.getLogger(__name__)

INDEX = "PluginFurnitureCatalog.properties"
_NUMBERED = re.compile(r"(\w+)#([0-9]{1,9})")
_UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One model of a catalogue; metres.

    Attributes:
        name: what people call it, in English.
        kind: the catalogue's own category ("Kitchen").
        tags: more words ("Couch", "Seat").
        model: the model's path within the zip.
        width_m, depth_m, height_m: of its box; x, y and z at yaw 0.
        elevation_m: how high its foot hangs above the floor, 0 for what stands.
        top_m: how high above its foot things can stand on it; None where nothing can.
        movable: False for what is built in.
        door_or_window: whether it fills an opening of a wall.
        turn: rows of the 3x3 rotation that sets the model upright.
        creator: who made it.
        licence: of the catalogue.
    """

    name: str
    kind: str
    tags: tuple[str, ...]
    model: str
    width_m: float
    depth_m: float
    height_m: float
    elevation_m: float = 0.0
    top_m: float | None = None
    movable: bool = True
    door_or_window: bool = False
    turn: tuple[float, ...] = _UPRIGHT
    creator: str = ""
    licence: str = ""

    @property
    def path(self) -> str:
        """The catalogue's folder and the model's file without its ending: "scopia/bed1"."""
        parts = self.model.strip("/").split("/")
        return f"{parts[0]}/{parts[-1].rpartition('.')[0]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """A `.sh3f` file: its zip and its entries, in the order of the file."""

    name: str
    archive: Archive
    entries: tuple[Entry, ...]
    skipped: int  # entries that make no sense


def read_catalogue(path: Path) -> Catalogue:
    """The entries of a Sweet Home 3D furniture catalogue.

    The format is that of `com.eteks.sweethome3d.io.DefaultFurnitureCatalog`: centimetres, y up. Entries without a
    model or with sizes that are no sizes are left out with a line in the log.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if it is no zip file with a catalogue in it.
    """
    archive = Archive(path)
    if INDEX not in archive:
        raise UnsupportedSourceError(f"{path} has no {INDEX}: it is no Sweet Home 3D furniture catalogue")
    values = read_properties(archive.read(INDEX))
    rows: dict[int, dict[str, str]] = defaultdict(dict)
    for key, value in values.items():
        if match := _NUMBERED.fullmatch(key):
            rows[int(match[2])][match[1]] = value
    entries, skipped = [], 0
    for number in sorted(rows):
        try:
            entries.append(_entry(rows[number], archive, values.get("license", "")))
        except (KeyError, ValueError) as error:
            skipped += 1
            log.warning("%s: entry %d is left out: %s", path.name, number, error)
    return Catalogue(name=path.stem, archive=archive, entries=tuple(entries), skipped=skipped)


def _entry(row: Mapping[str, str], archive: Archive, licence: str) -> Entry:
    """One numbered entry; KeyError or ValueError where it makes no sense."""
    if row["model"] not in archive:
        raise ValueError(f"its model {row['model']!r} is not in the catalogue")
    height_m = _metres(row["height"], least=1e-4)
    top = float(row.get("dropOnTopElevation") or height_m * 100) / 100
    turn = tuple(float(part) for part in row.get("modelRotation", "").split()) or _UPRIGHT
    if len(turn) != 9 or not all(map(math.isfinite, turn)):
        raise ValueError(f"its rotation has {len(turn)} numbers; 9 finite ones are needed")
    return Entry(
        name=row["name"].strip(),
        kind=row.get("category", "").strip(),
        tags=tuple(tag.strip() for tag in row.get("tags", "").split(",") if tag.strip()),
        model=row["model"],
        width_m=_metres(row["width"], least=1e-4),
        depth_m=_metres(row["depth"], least=1e-4),
        height_m=height_m,
        elevation_m=_metres(row.get("elevation") or "0", least=0.0),
        top_m=min(top, height_m) if top >= 0 else None,
        movable=row.get("movable", "true").lower() == "true",
        door_or_window=row.get("doorOrWindow", "false").lower() == "true",
        turn=turn,
        creator=row.get("creator", "").strip(),
        licence=licence,
    )


def _metres(centimetres: str, *, least: float) -> float:
    """Metres from a text of centimetres; ValueError for what is no length of a household thing."""
    metres = float(centimetres) / 100
    if not least <= metres <= 100.0:
        raise ValueError(f"{centimetres!r} cm is no length between {least * 100:g} and 10000")
    return metres
