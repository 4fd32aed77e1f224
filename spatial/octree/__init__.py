"""The octree: blocks of 8x8x8 voxels under Morton keys, with features for the surfaces."""

from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.octree import Octree
from streammem.spatial.octree.voxels import Voxels

__all__ = ["Octree", "OctreeConfig", "Voxels"]
