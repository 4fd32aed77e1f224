"""Sightings against a recount, frame by frame."""

import numpy as np
import pytest

from streammem.envs.tasks.sightings import NEVER, SEEN_PIXELS, SEEN_SHARE, Sightings
from streammem.errors import ObservationError


def pictures(seed: int) -> np.ndarray:
    """Twelve pictures in which a few ids come and go, some of them with very few pixels."""
    rng = np.random.default_rng(seed)
    found = np.zeros((12, 40, 50), np.int32)
    for picture in found:
        for id in rng.integers(1, 8, 3):
            row, column = rng.integers(0, 40), rng.integers(0, 50)
            picture[row : row + rng.integers(1, 9), column : column + rng.integers(1, 9)] = id
    return found


@pytest.mark.parametrize("seed", range(5))
def test_a_recount_gives_the_same(seed: int) -> None:
    shown = pictures(seed)
    sightings = Sightings(7)
    for picture in shown:
        sightings.add(picture)
    for id in range(1, 8):
        pixels = (shown == id).sum((1, 2))
        seen = np.flatnonzero((pixels >= SEEN_PIXELS) & (pixels >= SEEN_SHARE * 2000))
        glimpsed = np.flatnonzero(pixels)
        assert sightings.first_seen[id] == (seen[0] if len(seen) else NEVER)
        assert sightings.last_seen[id] == (seen[-1] if len(seen) else -1)
        assert sightings.first_glimpsed[id] == (glimpsed[0] if len(glimpsed) else NEVER)
        assert sightings.last_glimpsed[id] == (glimpsed[-1] if len(glimpsed) else -1)
        assert sightings.best_share[id] == pytest.approx(pixels.max() / 2000)
        assert sightings.glimpsed(id) == bool(len(glimpsed))


def test_nothing_is_no_thing() -> None:
    sightings = Sightings(3)
    sightings.add(np.zeros((8, 8), np.int32))
    assert not sightings.glimpsed(0) and sightings.steps == 1


def test_a_thing_of_which_little_was_seen_was_not_seen_well() -> None:
    sightings = Sightings(2)
    picture = np.zeros((100, 100), np.int32)
    picture[0, :10], picture[1, :40] = 1, 2
    sightings.add(picture)
    assert sightings.last_seen[1] == 0 and not sightings.seen_well(1) and sightings.seen_well(2)


def test_ids_beyond_the_scene_are_refused() -> None:
    with pytest.raises(ObservationError, match="has the id 9"):
        Sightings(8).add(np.full((2, 2), 9, np.int32))
    with pytest.raises(ObservationError, match="highest instance id"):
        Sightings(0)
