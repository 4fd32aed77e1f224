"""Windows: a frame in the wall's depth, a board below, and the world outside as a picture that shines."""

from __future__ import annotations

from functools import lru_cache

from streammem.envs.apartment.mesh import GLOW
from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.openings import Window
from streammem.envs.apartment.scene import Thing
from streammem.envs.apartment.sheets import Sheets
from streammem.envs.apartment.styles import Finish, Style

__all__ = ["window_thing"]

FRAME_M, FRAME_DEPTH_M = 0.05, 0.05
BOARD_M = 0.03
VIEWS = 6


def window_thing(id: int, window: Window, *, style: Style, view: int, look: int) -> Thing:
    """A window in its hole. Its front is the room; the picture lies in the depth of the wall."""
    model = _model(window.width_m, window.height_m, window.depth_m, style, view % VIEWS, look)
    at = (*window.at, window.sill_m)
    return Thing(id=id, model=model, at=at, yaw=window.yaw, room=window.room, relation="shell")


@lru_cache(maxsize=256)
def _model(width_m: float, top: float, depth_m: float, style: Style, view: int, look: int) -> Model:
    """Shared by the windows of a size in all apartments of a style."""
    sheets = Sheets()
    half, deep = width_m / 2, depth_m - 0.04
    reveal = style.ceiling
    _reveal(sheets, half, top, deep, reveal)
    outside = Finish((255, 255, 255), f"outside:{view}")
    wide = width_m / max(width_m, top)
    high = top / max(width_m, top)
    sheets.add(
        ((-half, deep, 0), (half, deep, 0), (half, deep, top), (-half, deep, top)),
        outside,
        uv=((0, high), (wide, high), (wide, 0), (0, 0)),
        glow=GLOW,
    )
    near, far = deep - FRAME_DEPTH_M, deep
    bars = [(-half, -half + FRAME_M, 0.0, top), (half - FRAME_M, half, 0.0, top)]
    bars += [(-half + FRAME_M, half - FRAME_M, z, z + FRAME_M) for z in (0.0, top - FRAME_M)]
    if look > 0 and width_m > 0.8:
        bars.append((-0.03, 0.03, FRAME_M, top - FRAME_M))
    if look > 1:
        bars.append((-half + FRAME_M, half - FRAME_M, 0.66 * top - 0.02, 0.66 * top + 0.02))
    for x0, x1, z0, z1 in bars:
        sheets.box((x0, near, z0), (x1, far, z1), style.trim, faces="-x+x-y-z+z")
    sheets.box((-half - 0.04, -0.05, -BOARD_M), (half + 0.04, deep, 0.002), style.trim, faces="-x+x-y-z+z")
    mesh = sheets.mesh()
    size = mesh.vertices.max(0) - mesh.vertices.min(0)
    return Model(
        category="window",
        variant=look,
        name="window",
        size=(float(size[0]), float(size[1]), float(size[2])),
        parts=(Part(mesh=mesh),),
        mount="wall",
    )


def _reveal(sheets: Sheets, half: float, top: float, deep: float, finish: Finish) -> None:
    """The sides of the hole."""
    for x in (-half, half):
        edge = [(x, 0.0, 0.0), (x, deep, 0.0), (x, deep, top), (x, 0.0, top)]
        sheets.add(edge if x < 0 else edge[::-1], finish)
    sheets.add(((-half, deep, top), (half, deep, top), (half, 0, top), (-half, 0, top)), finish)
