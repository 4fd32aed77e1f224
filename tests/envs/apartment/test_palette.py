"""Colours have the names that people use."""

import numpy as np

from streammem.envs.apartment.palette import COLOURS, WOODS, an, chosen, plain, shaded, wood


def test_colours_can_be_told_apart() -> None:
    table = np.array(list(COLOURS.values()), float)
    apart = np.linalg.norm(table[:, None] - table, axis=2) + np.eye(len(table)) * 999
    assert apart.min() > 60


def test_shades_stay_within_bounds() -> None:
    assert shaded((100, 200, 250), 1.5) == (150, 255, 255) and shaded((9, 9, 9), -1) == (0, 0, 0)
    assert plain("red").colour == COLOURS["red"] and all(wood(name).colour == WOODS[name] for name in WOODS)


def test_words() -> None:
    assert (an("oak"), an("red")) == ("an oak", "a red")
    assert chosen(np.random.default_rng(0), ["only"]) == "only"
