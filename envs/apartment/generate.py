"""A seed becomes an apartment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from streammem.envs.apartment.designs import PROCEDURAL, Designs
from streammem.envs.apartment.furnish import furnished
from streammem.envs.apartment.layout import openings_of, rooms_of
from streammem.envs.apartment.plan import floor_plan
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.shell import shell_things
from streammem.envs.apartment.sight import rooms_in_sight
from streammem.envs.apartment.styles import style_for
from streammem.errors import ObservationError

__all__ = ["SPLITS", "VERSIONS", "generate"]

VERSIONS = (1,)
SPLITS: Mapping[str, range] = MappingProxyType(
    {"train": range(10_000), "val": range(10_000, 10_500), "test": range(20_000, 21_000)}
)


def generate(seed: int, *, version: int = 1, designs: Designs = PROCEDURAL) -> Scene:
    """The apartment of a seed: the same one at every call, in every process; the last 16 are kept.

    Args:
        seed: 0 or more; `SPLITS` says which ones are for training and which for tests.
        version: of the generator. A change that moves or alters anything in a scene makes a new version.
        designs: where the furniture comes from.

    Raises:
        ObservationError: if the version is unknown or the seed is negative.
    """
    if version not in VERSIONS:
        known = ", ".join(str(v) for v in VERSIONS)
        raise ObservationError(f"apartments have no version {version}: take one of {known}")
    if seed < 0:
        raise ObservationError(f"the seed of an apartment is 0 or more, got {seed}")
    return _generate(int(seed), version, designs)


@lru_cache(maxsize=16)
def _generate(seed: int, version: int, designs: Designs) -> Scene:
    rng = np.random.default_rng((version, seed))
    plan_rng, style_rng, thing_rng = rng.spawn(3)
    cells = floor_plan(plan_rng)
    rooms = rooms_of(cells)
    openings = openings_of(cells, plan_rng)
    height_m = round(float(plan_rng.uniform(2.5, 2.8)), 2)
    style = style_for(style_rng)
    shell = shell_things(
        rooms,
        openings.doorways,
        openings.windows,
        openings.entrances,
        height_m=height_m,
        style=style,
        rng=style_rng,
    )
    things, lamps = furnished(rooms, openings, shell.things, height_m, designs, thing_rng)
    added = "" if designs is PROCEDURAL else f"+{designs.name}"
    return Scene(
        name=f"apartment/{version}/{seed}{added}",
        seed=seed,
        version=version,
        style=style.name,
        height_m=height_m,
        rooms=rooms,
        doorways=shell.doorways,
        things=tuple(things),
        lamps=tuple(lamps),
        sees=rooms_in_sight(rooms, shell.doorways),
    )
