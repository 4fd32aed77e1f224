import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.spatial.octree import Octree, OctreeConfig
from streammem.types import Intrinsics


def test_voxels_too_small_for_the_view_are_refused_and_nothing_changes() -> None:
    octree = Octree(OctreeConfig(voxel_m=0.001, dim=0), 2_000_000)
    camera = Intrinsics(fx=16, fy=16, cx=15.5, cy=11.5, width=32, height=24)
    with pytest.raises(ObservationError, match="larger voxels"):
        octree.integrate(
            depth_m=np.full((24, 32), 3.5, np.float32),
            intrinsics=camera,
            world_from_camera=np.eye(4),
            t_s=0.0,
            frame=0,
        )
    assert octree.blocks == 0 and octree.counts["frames"] == 0
