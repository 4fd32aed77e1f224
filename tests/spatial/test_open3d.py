"""Open3D loads through its one door, with and without the system's libusb."""

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)


def test_open3d_casts_a_ray_without_the_systems_libusb() -> None:
    code = (
        "import ctypes.util; ctypes.util.find_library = lambda name: None\n"
        "from streammem.spatial.open3d import load; o3d = load()\n"
        "maps = open('/proc/self/maps').read(); assert 'libusb_package' in maps, 'not the wheel'\n"
        "scene = o3d.t.geometry.RaycastingScene()\n"
        "scene.add_triangles(o3d.t.geometry.TriangleMesh.create_box())\n"
        "rays = o3d.core.Tensor([[0.3, 0.4, -1, 0, 0, 1]], dtype=o3d.core.Dtype.Float32)\n"
        "assert abs(scene.cast_rays(rays)['t_hit'].item() - 1) < 1e-6"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_nothing_else_pays_for_open3d() -> None:
    done = run("import sys, streammem, streammem.spatial.open3d; assert 'open3d' not in sys.modules")
    assert done.returncode == 0, done.stderr
