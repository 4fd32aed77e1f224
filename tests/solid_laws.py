"""What every closed mesh fulfils."""

import numpy as np

from streammem.envs.apartment.mesh import Mesh


def volume_m3(mesh: Mesh) -> float:
    """By the divergence theorem; positive where triangles are counter-clockwise from outside."""
    a, b, c = (mesh.vertices[mesh.triangles[:, i]].astype(np.float64) for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def edges_left_open(mesh: Mesh) -> int:
    """How many directed edges have no counterpart, corners at the same place taken as one."""
    _, place = np.unique(np.round(mesh.vertices.astype(np.float64), 5), axis=0, return_inverse=True)
    triangles = place.ravel()[mesh.triangles]
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    there, counts = np.unique(edges, axis=0, return_counts=True)
    table = {tuple(edge): int(count) for edge, count in zip(there.tolist(), counts, strict=True)}
    return sum(abs(count - table.get((b, a), 0)) for (a, b), count in table.items())


def check_shading(mesh: Mesh) -> None:
    """Normals are of unit length and on the side from which their triangles are counter-clockwise."""
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(face, axis=1)
    assert (area > 1e-12).all(), "a triangle without area"
    agreement = np.einsum("tc,tkc->tk", face / area[:, None], mesh.normals[mesh.triangles])
    assert agreement.min() > 0.02


def check_closed(mesh: Mesh) -> None:
    """No holes, outside out."""
    assert edges_left_open(mesh) == 0
    assert volume_m3(mesh) > 0
    check_shading(mesh)
