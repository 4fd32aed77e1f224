"""Configurations read back from the plain data (JSON) that they were saved as."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

__all__ = ["from_plain"]

T = TypeVar("T")


def from_plain(kind: type[T], saved: Mapping[str, Any]) -> T:
    """A dataclass from what `dataclasses.asdict` and JSON made of it; fields that are dataclasses likewise.

    Raises:
        TypeError: for a field that the dataclass does not have.
        ValueError: where the dataclass refuses a value.
    """
    values = dict(saved)
    for name, hint in get_type_hints(kind).items():
        if name not in values:
            continue
        kinds = (hint, *get_args(hint))
        inner = next((each for each in kinds if dataclasses.is_dataclass(each)), None)
        if isinstance(values[name], Mapping) and isinstance(inner, type):
            values[name] = from_plain(inner, values[name])
        elif isinstance(values[name], list) and any(get_origin(each) is tuple for each in kinds):
            values[name] = tuple(values[name])  # JSON knows lists alone
    return kind(**values)
