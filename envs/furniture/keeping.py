"""Models that have been read once are kept in the user's cache folder; reading them again takes milliseconds."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from streammem.envs.apartment.mesh import Mesh

__all__ = ["cache_folder", "keep", "kept"]

log = logging.getLogger(__name__)

ARRAYS = ("vertices", "normals", "colours", "uv", "surface", "triangles")


def cache_folder() -> Path:
    """Where models are kept: $XDG_CACHE_HOME or ~/.cache, then streammem/furniture."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "streammem" / "furniture"


def keep(digest: str, mesh: Mesh) -> None:
    """Write a mesh; the file appears whole or not at all. A folder that cannot be written costs only time."""
    folder = cache_folder()
    names = list(mesh.pictures)
    head = json.dumps({"surfaces": mesh.surfaces, "pictures": names})
    data = io.BytesIO()
    np.savez_compressed(
        data,
        head=np.frombuffer(head.encode(), np.uint8),
        pictures=np.stack([mesh.pictures[name] for name in names])
        if names
        else np.zeros((0, 256, 256, 3), np.uint8),
        **{name: getattr(mesh, name) for name in ARRAYS},
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=digest, delete=False) as file:
            file.write(data.getvalue())
        Path(file.name).replace(folder / f"{digest}.npz")
    except OSError as error:
        log.warning("models cannot be kept in %s (%s): they are read again each time", folder, error)


def kept(digest: str) -> Mesh | None:
    """A mesh that was kept, or None; a damaged file is said so and read no more."""
    path = cache_folder() / f"{digest}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            head = json.loads(stored["head"].tobytes().decode())
            mesh = Mesh(
                stored["vertices"],
                stored["normals"],
                stored["colours"],
                stored["uv"],
                stored["surface"],
                stored["triangles"],
                tuple(head["surfaces"]),
                dict(zip(head["pictures"], stored["pictures"], strict=True)),
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        log.warning("the kept model %s is damaged and built again: %s", path, error)
        return None
    if not _sound(mesh):
        log.warning("the kept model %s does not fit together and is built again", path)
        return None
    return mesh


def _sound(mesh: Mesh) -> bool:
    """Whether a mesh's arrays belong together."""
    count = len(mesh.vertices)
    rows = (mesh.normals, mesh.colours, mesh.uv, mesh.surface)
    return bool(
        count > 0
        and mesh.vertices.shape == (count, 3)
        and all(len(row) == count for row in rows)
        and bool(np.isfinite(mesh.vertices).all())
        and mesh.triangles.ndim == 2
        and mesh.triangles.shape[1] == 3
        and mesh.triangles.min(initial=0) >= 0
        and mesh.triangles.max(initial=0) < count
        and mesh.surface.max(initial=0) < len(mesh.surfaces)
    )
