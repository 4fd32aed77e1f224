"""A catalogue's model as triangles with colours and pictures, in our axes and at its declared size."""

from __future__ import annotations

import io
import logging
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float64, UInt8

from streammem.envs.furniture.archive import Archive
from streammem.envs.furniture.catalogue import Entry
from streammem.errors import SourceError, UnsupportedSourceError

__all__ = ["Piece", "read_model", "trimesh_loader"]

log = logging.getLogger(__name__)

SIDE = 256  # of the pictures of a mesh
PICTURE_PIXELS = 64_000_000  # larger ones are not decoded
TRIANGLES = 2_000_000  # a model with more is no household thing
OURS = np.array(
    [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
)  # x, -z, y: their y is up, their front +z
GLASS = (196, 210, 214)  # what one sees of a pane where nothing can be seen through
OPAQUE = 0.75  # opacity below which a material's own picture hardly shows
INVISIBLE = 0.05  # opacity below which there is nothing to see
COVERED = 0.25  # opacity below which a triangle only shows what is behind it
BLACK = 24  # a material darker than that without its picture had its colours in the picture
UNKNOWN = (150, 146, 140)  # where a picture is missing and its material says black


Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """The triangles of one material.

    Attributes:
        corners: metres, our axes.
        uv: in the picture, whose first row is at v = 0; None without a picture.
        colour: sRGB, what there is without a picture.
        picture: 256 x 256, or None.
        both: a sheet of which both sides are seen.
        leaves: foliage.
    """

    corners: Float64[np.ndarray, "t 3 3"]
    uv: Float64[np.ndarray, "t 3 2"] | None
    colour: Colour
    picture: UInt8[np.ndarray, "256 256 3"] | None
    both: bool = False
    leaves: bool = False


def trimesh_loader() -> ModuleType:
    """The package that reads models.

    Raises:
        ImportError: if it is not installed.
    """
    try:
        import trimesh
    except ImportError as error:
        raise ImportError(
            "furniture from catalogues needs the packages trimesh and fast-simplification: "
            'pip install "streammem[furniture]"'
        ) from error
    loader: ModuleType = trimesh
    return loader


def read_model(archive: Archive, entry: Entry) -> list[Piece]:
    """The pieces of an entry's model: upright, front toward -y, its box centred over the origin and on the floor.

    Raises:
        UnsupportedSourceError: if the model is broken, empty or too large.
        ImportError: if trimesh is not installed.
    """
    trimesh = trimesh_loader()
    data = archive.read(entry.model)
    if not entry.model.lower().endswith(".obj"):
        raise UnsupportedSourceError(
            f"{entry.model!r} in {archive.path.name} is no OBJ file: others are not read"
        )
    beside = _Beside(archive, posixpath.dirname(entry.model))
    try:
        scene = trimesh.load(
            io.BytesIO(data),
            file_type="obj",
            resolver=beside,
            force="scene",
        )
        pieces = [piece for mesh in scene.geometry.values() for piece in _pieces(mesh, beside.pictured)]
    except SourceError:
        raise
    except Exception as error:  # a reader of foreign files fails in every way there is
        raise UnsupportedSourceError(
            f"{entry.model!r} in {archive.path.name} cannot be read: {error!r}"
        ) from error
    count = sum(len(piece.corners) for piece in pieces)
    if not 0 < count <= TRIANGLES:
        raise UnsupportedSourceError(
            f"{entry.model!r} in {archive.path.name} has {count} triangles: 1 to {TRIANGLES} are read"
        )
    return _placed(pieces, entry)


class _Beside:
    """What trimesh asks for materials and pictures beside the model."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self._archive, self._folder = archive, folder
        self.pictured: set[str] = set()  # materials that want a picture

    def __getitem__(self, name: str) -> bytes:
        data = self._archive.read(posixpath.join(self._folder, name.strip()))
        if name.lower().endswith(".mtl"):
            for part in data.decode("iso-8859-1").split("newmtl ")[1:]:
                if "map_kd" in part.lower():
                    self.pictured.add(part.split(None, 1)[0])
        return data

    def get(self, name: str) -> bytes:
        return self[name]


def _pieces(mesh: Any, pictured: set[str]) -> Iterator[Piece]:
    """A mesh of trimesh as a piece; none where it is empty or cannot be seen."""
    faces = np.asarray(mesh.faces)
    corners = np.asarray(mesh.vertices, np.float64)[faces]
    colour, opacity, image, uv = _material(mesh.visual)
    good = np.isfinite(corners).all((1, 2))
    uv_corners = None
    if uv is not None:
        uv_corners = np.asarray(uv, np.float64)[faces] * (1, -1) + (0, 1)
        good &= np.isfinite(uv_corners).all((1, 2))
    picture, alpha = (None, None) if uv_corners is None else _picture(image)
    if alpha is not None and uv_corners is not None:
        good &= _covered(alpha, uv_corners) >= COVERED
    name = getattr(getattr(mesh.visual, "material", None), "name", None)
    if picture is None and (image is not None or name in pictured) and max(colour) < BLACK:
        colour = UNKNOWN
    if opacity < OPAQUE:
        picture = None
        colour = _mixed(colour, GLASS, opacity)
    if good.any() and opacity > INVISIBLE:
        kept = uv_corners[good] if picture is not None and uv_corners is not None else None
        yield Piece(corners[good], kept, colour, picture)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _material(visual: Any) -> tuple[Colour, float, Any, Any]:
    """Colour, opacity, picture and texture coordinates of a mesh."""
    material = getattr(visual, "material", None)
    if material is None:
        return UNKNOWN, 1.0, None, None
    image, uv = getattr(material, "image", None), getattr(visual, "uv", None)
    red, green, blue = (int(value) for value in np.asarray(material.diffuse)[:3])
    colour = (red, green, blue)
    written = getattr(material, "kwargs", {})
    opacity = 1.0
    for key, value in written.items():
        if key.lower() == "d":
            opacity = float(np.ravel(value)[0])
    return colour, opacity, image, uv


def _picture(
    image: Any,
) -> tuple[UInt8[np.ndarray, "256 256 3"] | None, UInt8[np.ndarray, "256 256"] | None]:
    """A picture in our size, and its opacity where it has any; what cannot be seen gets the mean colour of the rest.

    None where there is none or it cannot be decoded: the colour of its material serves.
    """
    from PIL import Image

    if image is None:
        return None, None
    if image.width * image.height > PICTURE_PIXELS:
        log.warning("a picture of %d x %d pixels is too large and left out", image.width, image.height)
        return None, None
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    try:
        plain = image.convert("RGBA" if clear else "RGB")
    except (OSError, ValueError, SyntaxError) as error:
        log.warning("a damaged picture is left out: %s", error)
        return None, None
    pixels = np.array(plain.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0), np.uint8)
    if not clear:
        return pixels, None
    alpha = pixels[..., 3]
    seen = alpha >= 128
    mean = pixels[seen][:, :3].mean(0) if seen.any() else np.array(UNKNOWN)
    return np.where(seen[..., None], pixels[..., :3], mean.astype(np.uint8)), alpha


def _covered(
    alpha: UInt8[np.ndarray, "256 256"], uv: Float64[np.ndarray, "t 3 2"]
) -> Float64[np.ndarray, " t"]:
    """The mean opacity of each triangle at 28 places."""
    weights = (
        np.array([(i + 1 / 3, j + 1 / 3, 6 - i - j + 1 / 3) for i in range(7) for j in range(7 - i)]) / 7
    )
    at = np.floor((weights @ uv) % 1.0 * SIDE).astype(np.int64).clip(0, SIDE - 1)
    mean: Float64[np.ndarray, " t"] = alpha[at[..., 1], at[..., 0]].mean(1) / 255.0
    return mean


def _placed(pieces: list[Piece], entry: Entry) -> list[Piece]:
    """Turned as the catalogue says, stretched to its size, and set on the origin."""
    turn = OURS @ np.array(entry.turn).reshape(3, 3)
    turned = [piece.corners @ turn.T for piece in pieces]
    low = np.min([corners.min((0, 1)) for corners in turned], 0)
    high = np.max([corners.max((0, 1)) for corners in turned], 0)
    span = high - low
    size = np.array([entry.width_m, entry.depth_m, entry.height_m])
    scale = np.where(span > 1e-9, size / np.maximum(span, 1e-9), 1.0)
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    flipped = np.linalg.det(turn) < 0
    return [
        Piece(
            ((corners - foot) * scale)[:, :: -1 if flipped else 1],
            None if piece.uv is None else piece.uv[:, :: -1 if flipped else 1],
            piece.colour,
            piece.picture,
        )
        for corners, piece in zip(turned, pieces, strict=True)
    ]
