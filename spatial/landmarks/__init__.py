"""The landmark graph: places where the camera has been, and the ways between them."""

from streammem.spatial.landmarks.config import LandmarksConfig
from streammem.spatial.landmarks.graph import Landmarks
from streammem.spatial.landmarks.record import Landmark, Visit

__all__ = ["Landmark", "Landmarks", "LandmarksConfig", "Visit"]
