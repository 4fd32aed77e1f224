"""A mesh of a synthetic room: where the room's surfaces are, in their colours, within its blocks, and readable by others."""

from pathlib import Path

import numpy as np
import pytest

from streammem.errors import ObservationError, StoreDamagedError
from streammem.poses import up_rotation
from streammem.spatial import open3d
from streammem.spatial.mesh import TsdfConfig, TsdfMesh
from streammem.spatial.mesh_files import Surface, write_mesh
from streammem.types import Intrinsics

CAMERA = Intrinsics(fx=80.0, fy=80.0, cx=47.5, cy=35.5, width=96, height=72)
VOXEL_M, WALL_M = 0.04, 2.01
Frame = tuple[np.ndarray, np.ndarray, np.ndarray]


def corridor(x: float) -> Frame:
    """A view along +y from (x, 0, 0) onto a wall at y = WALL_M, red on the left of x = 0 and blue on the right."""
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    pose[0, 3] = x
    depth_m = np.full((72, 96), WALL_M, np.float32)
    at = x + (np.arange(96) - CAMERA.cx) / CAMERA.fx * WALL_M
    rgb = np.where((at < 0)[None, :, None], [200, 20, 20], [20, 20, 200]).astype(np.uint8)
    return np.broadcast_to(rgb, (72, 96, 3)).copy(), depth_m, pose


WALK = [corridor(x) for x in np.linspace(-4, 4, 33)]


def fuse(mesh: TsdfMesh, frames: list[Frame]) -> TsdfMesh:
    for rgb, depth_m, pose in frames:
        mesh.integrate(depth_m=depth_m, rgb=rgb, intrinsics=CAMERA, world_from_camera=pose)
    return mesh


@pytest.fixture(scope="module")
def whole() -> TsdfMesh:
    return fuse(TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=400)), WALK)


@pytest.fixture(scope="module")
def surface(whole: TsdfMesh) -> Surface:
    return whole.mesh()


def test_the_surface_is_where_it_was_seen_in_its_colours(surface: Surface) -> None:
    assert len(surface.triangles) > 1000 and surface.triangles.max() < len(surface.points)
    assert np.abs(surface.points[:, 1] - WALL_M).max() < VOXEL_M / 4
    assert surface.normals[:, 1].max() < -0.99  # toward who saw it
    for side, colour in (
        (surface.points[:, 0] < -0.1, (200, 20, 20)),
        (surface.points[:, 0] > 0.1, (20, 20, 200)),
    ):
        assert np.abs(surface.colours[side].astype(int) - colour).max() <= 2


def test_a_cloud_lies_on_the_mesh(whole: TsdfMesh, surface: Surface) -> None:
    cloud = whole.point_cloud()
    assert len(cloud.triangles) == 0 and len(cloud.points) > 1000
    assert np.abs(cloud.points[:, 1] - WALL_M).max() < VOXEL_M / 4
    np.testing.assert_allclose(cloud.points.min(axis=0), surface.points.min(axis=0), atol=2 * VOXEL_M)


def test_colours_do_not_fade() -> None:
    rng = np.random.default_rng(0)
    _, depth_m, pose = corridor(0)
    noisy = [((100 + rng.integers(-3, 4, (72, 96, 3))).astype(np.uint8), depth_m, pose) for _ in range(40)]
    found = fuse(TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=60)), noisy).mesh().colours
    assert found.mean() == pytest.approx(100, abs=0.5)


def test_what_spills_comes_back(tmp_path: Path, whole: TsdfMesh) -> None:
    there_and_back = WALK + WALK[::-1]
    small = TsdfConfig(voxel_m=VOXEL_M, blocks=80)
    reserved = TsdfMesh(small).nbytes()
    with TsdfMesh(small, spill=tmp_path) as mesh:
        for frame in there_and_back:
            fuse(mesh, [frame])
            assert mesh.blocks <= 80 and mesh.nbytes() == reserved
        assert mesh.spilled > 40 and mesh.dropped == 0
        found, cloud = mesh.mesh(least_weight=3), mesh.point_cloud(least_weight=3)
    wanted = fuse(TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=400)), there_and_back).mesh(least_weight=3)
    assert len(found.points) == len(wanted.points) and len(cloud.points) > 1000
    order, other = (np.lexsort(np.round(part.points, 3).T) for part in (found, wanted))
    np.testing.assert_allclose(found.points[order], wanted.points[other], atol=2e-3)
    assert np.abs(found.colours[order].astype(int) - wanted.colours[other]).max() <= 2
    assert not list(tmp_path.iterdir())


def test_without_a_folder_far_blocks_are_lost_and_counted() -> None:
    mesh = fuse(TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=80)), WALK)
    assert mesh.dropped > 20 and mesh.blocks <= 80 and mesh.spilled == 0
    assert mesh.mesh().points[:, 0].min() > 0
    tiny = fuse(TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=8)), WALK[:1])
    assert tiny.blocks == 4 and tiny.dropped > 0  # a single frame is more than it can take in


def test_damaged_spill_is_named(tmp_path: Path) -> None:
    with TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=80), spill=tmp_path) as mesh:
        fuse(mesh, WALK)
        file = next(tmp_path.rglob("*.npz"))
        file.write_bytes(file.read_bytes()[:100])
        with pytest.raises(StoreDamagedError, match="cannot be read"):
            mesh.mesh()


def test_unusable_depth_and_colour_of_another_size() -> None:
    rgb, depth_m, pose = corridor(0)
    mesh = TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=60))
    for bad in (0.0, np.nan, -1.0, np.inf, 65.535, 100.0):
        fuse(mesh, [(rgb, np.full_like(depth_m, bad), pose)])
    assert mesh.blocks == 0 and len(mesh.mesh().points) == len(mesh.point_cloud().points) == 0
    fuse(mesh, [(np.repeat(np.repeat(rgb, 2, axis=0), 2, axis=1), depth_m, pose)] * 3)
    assert np.abs(mesh.mesh().points[:, 1] - WALL_M).max() < VOXEL_M / 4


def test_what_does_not_fit_is_refused(tmp_path: Path, surface: Surface) -> None:
    rgb, depth_m, pose = corridor(0)
    mesh = TsdfMesh(TsdfConfig(voxel_m=VOXEL_M, blocks=60))
    with pytest.raises(ObservationError, match="do not fit"):
        mesh.integrate(depth_m=depth_m, rgb=rgb, intrinsics=CAMERA.rescaled(48, 36), world_from_camera=pose)
    with pytest.raises(ObservationError):
        mesh.integrate(depth_m=depth_m, rgb=rgb, intrinsics=CAMERA, world_from_camera=2 * pose)
    for wrong in ({"voxel_m": 0.0}, {"blocks": 3}, {"truncation": 0.5}):
        with pytest.raises(ObservationError):
            TsdfConfig(**wrong)
    with pytest.raises(ObservationError, match="as .ply or .glb"):
        write_mesh(tmp_path / "room.obj", surface)
    with pytest.raises(ObservationError, match="empty surface"):
        write_mesh(tmp_path / "room.glb", Surface.empty())
    assert not list(tmp_path.iterdir())


def test_others_read_the_files(tmp_path: Path, whole: TsdfMesh, surface: Surface) -> None:
    read = open3d.load().io
    write_mesh(tmp_path / "room.ply", surface)
    ply = read.read_triangle_mesh(str(tmp_path / "room.ply"))
    np.testing.assert_array_equal(np.asarray(ply.vertices, np.float32), surface.points)
    np.testing.assert_array_equal(np.asarray(ply.triangles), surface.triangles)
    np.testing.assert_allclose(np.asarray(ply.vertex_colors) * 255, surface.colours, atol=0.01)
    cloud = whole.point_cloud()
    write_mesh(tmp_path / "cloud.ply", cloud)
    points = read.read_point_cloud(str(tmp_path / "cloud.ply"))
    np.testing.assert_array_equal(np.asarray(points.points, np.float32), cloud.points)
    np.testing.assert_allclose(np.asarray(points.normals), cloud.normals, atol=1e-6)
    write_mesh(tmp_path / "none.ply", Surface.empty())
    assert b"element vertex 0" in (tmp_path / "none.ply").read_bytes()


@pytest.mark.parametrize("up", [(0.0, 0.0, 1.0), (0.0, -1.0, 0.0)])
def test_glb_stands_upright(tmp_path: Path, surface: Surface, up: tuple[float, float, float]) -> None:
    write_mesh(tmp_path / "room.glb", surface, up=up)
    glb = open3d.load().io.read_triangle_mesh(str(tmp_path / "room.glb"))
    found = np.asarray(glb.vertices)
    assert len(glb.triangles) == len(surface.triangles)
    high = surface.points @ np.array(up)
    assert found[:, 1].max() - found[:, 1].min() == pytest.approx(np.ptp(high), abs=1e-5)
    flat = surface.points @ up_rotation(up)[:3, :3].T
    np.testing.assert_allclose(found[:, 0].min(), flat[:, 0].min(), atol=1e-5)
