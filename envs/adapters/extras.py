"""Packages that come with an extra: loaded when they are needed, and named when they are missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = ["load"]


def load(module: str, extra: str) -> ModuleType:
    """A module of somebody else's.

    Raises:
        ImportError: if it, or something that it needs, is not here; the text names the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module} cannot be loaded ({error}): pip install 'streammem[{extra}]'; docs/adapters.md has the set-up",
            name=module,
        ) from error
