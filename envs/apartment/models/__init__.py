"""Procedural designs of everything in an apartment."""

from streammem.envs.apartment.models.catalogue import Procedural, design, person

__all__ = ["Procedural", "design", "person"]
