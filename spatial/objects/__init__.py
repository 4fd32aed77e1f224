"""Objects of the map: which surface voxels are one thing, where it was while when, and what became of it."""

from streammem.spatial.objects.config import ObjectsConfig
from streammem.spatial.objects.log import Regrouping
from streammem.spatial.objects.map import ObjectMap, Shown
from streammem.spatial.objects.surface import SurfaceMap

__all__ = ["ObjectMap", "ObjectsConfig", "Regrouping", "Shown", "SurfaceMap"]
