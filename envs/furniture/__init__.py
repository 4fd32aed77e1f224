"""Catalogues of household models, read for the apartment."""

from streammem.envs.furniture.catalogues import Catalogues

__all__ = ["Catalogues"]
