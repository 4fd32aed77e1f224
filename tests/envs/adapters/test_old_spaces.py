"""Spaces of the old Gym."""

from types import SimpleNamespace

import numpy as np
import pytest
from fake_habitat import Box, Dict
from gymnasium import spaces

from streammem.envs.adapters.old_spaces import modern
from streammem.errors import ObservationError


def old(kind: str, **parts: object) -> object:
    """A space of the old Gym by its name and attributes."""
    return type(kind, (SimpleNamespace,), {})(**parts)


def test_limits_fit_their_numbers() -> None:
    box = modern(Box(0, np.iinfo(np.uint32).max, (2,), np.int32))
    assert box == spaces.Box(0, np.iinfo(np.int32).max, (2,), np.int32)
    assert modern(Box(-np.inf, np.inf, (2,), np.float32)).is_bounded()


def test_every_kind() -> None:
    nested = Dict({"b": old("Tuple", spaces=[old("Discrete", n=3, start=1)]), "a": old("MultiBinary", n=2)})
    assert modern(nested) == spaces.Dict(
        a=spaces.MultiBinary(2), b=spaces.Tuple([spaces.Discrete(3, start=1)])
    )
    assert modern(old("MultiDiscrete", nvec=[2, 3])) == spaces.MultiDiscrete([2, 3])


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ObservationError, match="ListSpace"):
        modern(old("ListSpace"))
