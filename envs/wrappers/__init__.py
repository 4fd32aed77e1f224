"""Wrappers that join environments and the memory."""

from streammem.envs.wrappers.memory_observation import MemoryObservation, Recall
from streammem.envs.wrappers.observation_source import ObservationSource
from streammem.envs.wrappers.reading import Reading
from streammem.envs.wrappers.record_stream import RecordStream

__all__ = ["MemoryObservation", "ObservationSource", "Reading", "Recall", "RecordStream"]
