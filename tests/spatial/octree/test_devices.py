from typing import Any

import pytest
import torch

from streammem.spatial.octree import Octree, OctreeConfig


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_device_answers_like_the_cpu(walk: Any, poses: Any, device: str) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    here, there = walk(), walk()
    there.octree = Octree(OctreeConfig(voxel_m=0.1, stride=1, dim=8), 4_000_000, device=device)
    for pose in poses * 2:
        here.see(pose)
        sight = there.see(pose)
        assert sight.rows.device.type == there.octree.surface["id"].device.type == device
    # Rounding differs between devices, so a voxel on an edge may.
    one, two = here.octree.occupied(), there.octree.occupied()
    agree = (there.octree.state_at(one.centres.to(device)) == 1).float().mean()
    assert float(agree) > 0.995 and abs(len(one) - len(two)) <= 0.01 * len(one)
    points = torch.zeros(4, 3, device=device)
    assert there.octree.nearest(points).rows.device.type == device
    assert there.octree.ray_cast(points, torch.ones(4, 3, device=device), 3.0).rows.device.type == device
    again = Octree(OctreeConfig(voxel_m=0.1, stride=1, dim=8), 4_000_000, device=device)
    again.restore(there.octree.state())
    assert torch.equal(again.occupied().centres, two.centres)
