"""Surfaces as files: PLY for points and meshes, GLB (binary glTF 2.0) for what shows it in a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from streammem.errors import ObservationError
from streammem.poses import up_rotation
from streammem.spatial.whole_file import write_whole

__all__ = ["Surface", "write_mesh"]

FLOAT, UNSIGNED_INT, UNSIGNED_SHORT = 5126, 5125, 5123  # glTF's names of number types
VERTICES, INDICES = 34962, 34963  # and of what a buffer is for
POINTS, TRIANGLES = 0, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """Points with normals and colours, and triangles between them; without triangles it is a point cloud."""

    points: Float32[np.ndarray, "n 3"]
    normals: Float32[np.ndarray, "n 3"]
    colours: UInt8[np.ndarray, "n 3"]
    triangles: Int32[np.ndarray, "t 3"]

    @classmethod
    def empty(cls) -> Surface:
        """No points."""
        nothing = np.zeros((0, 3), np.float32)
        return cls(
            points=nothing,
            normals=nothing,
            colours=nothing.astype(np.uint8),
            triangles=nothing.astype(np.int32),
        )


def write_mesh(
    path: str | Path, surface: Surface, *, up: tuple[float, float, float] = (0.0, 0.0, 1.0)
) -> None:
    """Write a surface as PLY or GLB, as the name ends; complete or not at all.

    PLY keeps the world's axes. GLB wants y up, so there `up` is turned into it.

    Raises:
        ObservationError: if the name ends otherwise, or a GLB would be empty (the format has no such thing).
        OSError: if the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() == ".ply":
        content = _ply(surface)
    elif path.suffix.lower() == ".glb":
        content = _glb(surface, up_rotation(up))
    else:
        raise ObservationError(f"a mesh is written as .ply or .glb, got {path.name!r}")
    write_whole(path, content)


def _ply(surface: Surface) -> bytes:
    """Binary, little-endian (Turk 1994)."""
    floats = [f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")]
    header = [
        "ply",
        "format binary_little_endian 1.0",
        "comment written by streammem, metres",
        f"element vertex {len(surface.points)}",
        *floats,
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
    ]
    if len(surface.triangles):
        header += [f"element face {len(surface.triangles)}", "property list uchar int vertex_indices"]
    vertices = np.empty(len(surface.points), [("at", "<f4", 3), ("normal", "<f4", 3), ("colour", "u1", 3)])
    vertices["at"], vertices["normal"], vertices["colour"] = surface.points, surface.normals, surface.colours
    faces = np.empty(len(surface.triangles), [("count", "u1"), ("corner", "<i4", 3)])
    faces["count"], faces["corner"] = 3, surface.triangles
    return ("\n".join([*header, "end_header", ""])).encode() + vertices.tobytes() + faces.tobytes()


def _glb(surface: Surface, up_to_z: Float64[np.ndarray, "4 4"]) -> bytes:
    """GlTF 2.0, sections 3.6 (buffers), 3.7 (meshes) and 4.4 (chunks); COLOR_0 is linear, our colours are sRGB."""
    if not len(surface.points):
        raise ObservationError("an empty surface cannot be written as GLB: fuse frames first, or write a PLY")
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ up_to_z[:3, :3]  # z up becomes y up
    points = (surface.points @ turn.T).astype("<f4")
    shade = surface.colours / 255
    linear = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)
    colours = np.full((len(points), 4), 65535, "<u2")
    colours[:, :3] = np.rint(linear * 65535)
    arrays = [
        (
            points,
            FLOAT,
            "VEC3",
            VERTICES,
            {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()},
        ),
        (_units(surface.normals @ turn.T), FLOAT, "VEC3", VERTICES, {}),
        (colours, UNSIGNED_SHORT, "VEC4", VERTICES, {"normalized": True}),
    ]
    primitive: dict[str, object] = {"attributes": {"POSITION": 0, "NORMAL": 1, "COLOR_0": 2}, "mode": POINTS}
    if len(surface.triangles):
        arrays.append((surface.triangles.astype("<u4").reshape(-1), UNSIGNED_INT, "SCALAR", INDICES, {}))
        primitive |= {"indices": 3, "mode": TRIANGLES, "material": 0}
    views, accessors, body = [], [], b""
    for number, (array, kind, shape, target, more) in enumerate(arrays):
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": array.nbytes, "target": target})
        accessors.append(
            {"bufferView": number, "componentType": kind, "count": len(array), "type": shape, **more}
        )
        body += array.tobytes()
    matt = {"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 1}, "doubleSided": True}
    scene = {
        "asset": {"version": "2.0", "generator": "streammem"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [matt],
        "buffers": [{"byteLength": len(body)}],
        "bufferViews": views,
        "accessors": accessors,
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    total = 12 + 8 + len(text) + 8 + len(body)
    words = [
        np.array(numbers, "<u4").tobytes() for numbers in ((0x46546C67, 2, total), (len(text), 0x4E4F534A))
    ]
    return b"".join([*words, text, np.array([len(body), 0x004E4942], "<u4").tobytes(), body])


def _units(normals: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 3"]:
    """Normals of length 1; what has none points up."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), [0.0, 1.0, 0.0]).astype("<f4")
