import logging

import pytest
from apartment_scenes import CUP, TABLE
from renderers import AT_TABLE, CAMERA, SCENE

from streammem.envs.apartment.world import World
from streammem.envs.rendering import choice, open_renderer
from streammem.envs.rendering.context import GlError
from streammem.errors import ObservationError


@pytest.fixture
def no_gl(monkeypatch):
    def refuse():
        raise GlError("no OpenGL context: none here")

    monkeypatch.setattr(choice, "GlRenderer", refuse)
    monkeypatch.setattr(choice, "_said", set())


def test_without_gl_rays_are_cast_and_it_is_said_once(no_gl, caplog):
    with caplog.at_level(logging.WARNING):
        assert [open_renderer().kind for _ in range(3)] == ["rays"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "drawing by ray casting: no OpenGL context: none here"
    ]


def test_gl_asked_for_and_missing_is_an_error(no_gl):
    with pytest.raises(GlError, match="none here"):
        open_renderer("gl")


def test_refuses_unknown_kinds():
    with pytest.raises(ObservationError, match="'metal'"):
        open_renderer("metal")


def test_auto_draws():
    renderer = open_renderer()
    renderer.load(World(SCENE))
    assert {TABLE, CUP} <= set(renderer.render(AT_TABLE, CAMERA).instances.ravel().tolist())
    renderer.close()
