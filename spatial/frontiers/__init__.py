"""Frontiers: where known free space ends and the unknown begins, and what one may expect to see there."""

from streammem.spatial.frontiers.config import FrontiersConfig
from streammem.spatial.frontiers.known import Known
from streammem.spatial.frontiers.memory import Frontiers
from streammem.spatial.frontiers.seeking import seek
from streammem.spatial.frontiers.sighting import Posed

__all__ = ["Frontiers", "FrontiersConfig", "Known", "Posed", "seek"]
