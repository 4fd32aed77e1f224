"""Small things that are carried about: boxes, balls, books, backpacks, shoes, laptops."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model, Support
from streammem.envs.apartment.models.workshop import between, made, slab
from streammem.envs.apartment.palette import DARK, STEEL, WHITE, an, chosen, darker, plain
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Paint, bent, box, panel, prism
from streammem.envs.apartment.turned import ball as globe
from streammem.envs.apartment.turned import tube

__all__ = ["backpack", "ball", "book", "laptop", "shoe", "storage_box"]

BRIGHT = ("red", "blue", "green", "yellow", "white", "black", "orange", "purple", "grey")


def storage_box(rng: np.random.Generator) -> Model:
    """A cardboard box with tape, a coloured box with a lid, or a present with a ribbon."""
    variant = int(rng.integers(3))
    x, y, z = between(rng, 0.22, 0.34) / 2, between(rng, 0.18, 0.26) / 2, between(rng, 0.15, 0.22)
    if variant == 0:
        card, tape = Paint((190, 146, 98)), Paint((222, 190, 138))
        seam = Paint((150, 112, 72))
        meshes = [
            box((-x, -y, 0), (x, y, z), card),
            box((-x + 0.002, -0.002, z), (x - 0.002, 0.002, z + 0.001), seam),
            box((-x - 0.001, -0.025, z - 0.06), (x + 0.001, 0.025, z + 0.0015), tape),
            box((-0.4 * x, -y - 0.001, 0.3 * z), (0.3 * x, -y, 0.62 * z), WHITE),
            *(box((-0.34 * x, -y - 0.002, h * z), (w * x, -y - 0.001, (h + 0.04) * z), DARK) for h, w in ((0.38, 0.1), (0.47, 0.22), (0.55, 0.0))),
        ]  # fmt: skip
        name = "cardboard box"
    elif variant == 1:
        colour = chosen(rng, BRIGHT)
        paint = plain(colour)
        meshes = [
            box((-x, -y, 0), (x, y, z - 0.05), paint),
            rounded(
                (-x - 0.006, -y - 0.006, z - 0.05), (x + 0.006, y + 0.006, z), 0.004, darker(paint, 0.82)
            ),
            slab(0, -y - 0.003, 0.35 * z, 0.09, 0.006, 0.05, WHITE),
        ]
        name = f"{colour} box"
    else:
        colour = chosen(rng, BRIGHT)
        ribbon = plain("yellow" if colour in ("white", "red", "purple", "green") else "red")
        meshes = [
            box((-x, -y, 0), (x, y, z), plain(colour)),
            box((-0.02, -y - 0.002, 0), (0.02, y + 0.002, z + 0.002), ribbon),
            box((-x - 0.002, -0.02, 0), (x + 0.002, 0.02, z + 0.002), ribbon),
            globe((-0.035, 0, z + 0.018), (0.035, 0.018, 0.02), ribbon, sides=8, rings=4),
            globe((0.035, 0, z + 0.018), (0.035, 0.018, 0.02), ribbon, sides=8, rings=4),
        ]
        name = f"{colour} present"
    top = Support(low=(-x, -y), high=(x, y), z=float(z), clear_m=0.4)
    return made("box", variant, name, meshes, supports=(top,) if variant < 2 else (), mount="surface")


def ball(rng: np.random.Generator) -> Model:
    """A football, a basketball, a beach ball, or a plain ball with a stripe."""
    variant = int(rng.integers(4))
    radius = (0.11, 0.12, 0.14, 0.09)[variant]
    colour = chosen(rng, ("red", "blue", "green", "yellow", "purple", "orange"))
    paint = (
        Paint((255, 255, 255), "ball:0"),
        Paint((226, 118, 48), "ball:1"),
        Paint((255, 255, 255), "ball:2"),
        Paint(plain(colour).colour, "ball:3"),
    )[variant]
    mesh = globe((0, 0, radius), (radius, radius, radius), paint, sides=12, rings=8)
    name = ("football", "basketball", "beach ball", f"{colour} ball")[variant]
    return made("ball", variant, name, [mesh], mount="surface")


def book(rng: np.random.Generator) -> Model:
    """A closed one lying down, a pile of three, or an open one."""
    variant, colour = int(rng.integers(3)), chosen(rng, BRIGHT)
    page = Paint((240, 234, 218))
    if variant == 2:
        meshes = []
        for side in (-1, 1):
            outline = [(0.0, 0.0), (0.155, 0.0), (0.155, 0.012), (0.1, 0.022), (0.04, 0.026), (0.0, 0.014)]
            meshes.append(prism(np.array([(side * a, b + 0.004) for a, b in outline]), 1, -0.11, 0.11, page))
            low, high = sorted((0.0, side * 0.162))
            meshes.append(box((low, -0.115, 0), (high, 0.115, 0.004), plain(colour)))
        return made("book", 2, f"open {colour} book", meshes, mount="surface")
    if variant == 0:
        meshes = _volume(rng, colour, 0.0, between(rng, 0.025, 0.045), 0.0)
        return made("book", 0, f"{colour} book", meshes, mount="surface")
    meshes, z = [], 0.0
    others = [name for name in BRIGHT if name != colour]
    for i, name in enumerate((chosen(rng, others), chosen(rng, others), colour)):
        thick = between(rng, 0.02, 0.04)
        meshes += _volume(rng, name, z, thick, (0.12, -0.18, 0.05)[i])
        z += thick
    return made("book", 1, f"pile of books with {an(colour)} one on top", meshes, mount="surface")


def _volume(rng: np.random.Generator, colour: str, z: float, thick: float, yaw: float) -> list[Mesh]:
    """A closed book that lies: pages between covers, its back at the left."""
    paint, page = plain(colour), Paint((240, 234, 218))
    x, y, c = 0.08, 0.115, 0.003
    cover = Paint(paint.colour, f"cover:{int(rng.integers(4))}")
    meshes = [
        box((-x, -y, 0), (x, y, c), paint),
        panel((-x, -y, thick - c), (x, y, thick), paint, cover, "+z"),
        box((-x, -y, c), (-x + 0.004, y, thick - c), paint),
        box((-x + 0.004, -y + 0.004, c), (x - 0.004, y - 0.004, thick - c), page),
    ]
    cos, sin = math.cos(yaw), math.sin(yaw)
    motion = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, z], [0, 0, 0, 1.0]])
    return [mesh.moved(motion) for mesh in meshes]


def backpack(rng: np.random.Generator) -> Model:
    """A school bag with two pockets, or a hiker's with a roll on top."""
    variant, colour = (
        int(rng.integers(2)),
        chosen(rng, ("red", "blue", "green", "yellow", "black", "grey", "purple", "orange")),
    )
    paint, second = plain(colour), darker(plain(colour), 0.72 if colour != "black" else 1.7)
    meshes = [
        rounded((-0.16, -0.08, 0), (0.16, 0.08, 0.42), (0.06, 0.05, 0.08), paint),
        rounded((-0.125, -0.135, 0.03), (0.125, -0.06, 0.23), (0.03, 0.03, 0.03), second),
        slab(0, -0.136, 0.185, 0.2, 0.006, 0.012, STEEL),
        tube(
            [(-0.035, 0.02, 0.41), (-0.03, 0.02, 0.455), (0.03, 0.02, 0.455), (0.035, 0.02, 0.41)],
            0.009,
            second,
            sides=5,
        ),
    ]
    for side in (-1, 1):
        x = side * 0.085
        strap = [(x, 0.07, 0.4), (x * 1.05, 0.125, 0.34), (x * 1.15, 0.13, 0.2), (x * 1.4, 0.07, 0.04)]
        meshes.append(tube(strap, 0.014, second, sides=5))
    if variant == 0:
        meshes.append(rounded((-0.105, -0.11, 0.255), (0.105, -0.06, 0.35), (0.025, 0.02, 0.025), second))
        return made("backpack", 0, f"{colour} backpack", meshes, mount="surface")
    roll = tube([(-0.17, 0, 0), (0.17, 0, 0)], 0.055, darker(paint, 1.25), sides=10)
    meshes += [_lifted(roll, 0.46), *(slab(side * 0.16, 0, 0.1, 0.06, 0.1, 0.16, second) for side in (-1, 1))]
    return made("backpack", 1, f"{colour} hiking backpack", meshes, mount="surface")


def _lifted(mesh: Mesh, z: float) -> Mesh:
    motion = np.eye(4)
    motion[2, 3] = z
    return mesh.moved(motion)


def shoe(rng: np.random.Generator) -> Model:
    """A sneaker, a boot, or a leather shoe; its toe points to the front."""
    variant, colour = int(rng.integers(3)), chosen(rng, BRIGHT if rng.random() < 0.7 else ("brown", "black"))
    paint = plain(colour)
    sole = (WHITE if colour != "white" else plain("grey"), darker(plain("brown"), 0.6), DARK)[variant]
    outline = np.array([(0.03, 0.13), (0.04, 0.05), (0.036, -0.01), (0.048, -0.07), (0.04, -0.12), (0.015, -0.14),
                        (-0.018, -0.138), (-0.036, -0.11), (-0.04, -0.06), (-0.034, 0.0), (-0.036, 0.06), (-0.03, 0.13), (0.0, 0.142)])  # fmt: skip
    thick = (0.026, 0.03, 0.018)[variant]
    meshes = [
        prism(outline, 2, 0.0, thick, sole, smooth=True),
        *_upper(thick, paint, (0.1, 0.2, 0.085)[variant]),
    ]
    laces = WHITE if colour != "white" else plain("red")
    if variant < 2:
        for i in range(3 if variant == 0 else 4):
            y, z = (
                (-0.055 + 0.024 * i, 0.066 + 0.0115 * i)
                if variant == 0
                else (-0.033 + 0.004 * i, 0.095 + 0.027 * i)
            )
            meshes.append(slab(0, y, z, 0.042, 0.008, 0.007, laces))
    noun = ("sneaker", "boot", "leather shoe")[variant]
    return made("shoe", variant, f"{colour} {noun}", meshes, mount="surface")


def _upper(z: float, paint: Paint, high: float) -> list[Mesh]:
    """A toe cap, a vamp that rises to the ankle, and a hollow heel."""

    def ring(y: float, half: float, low: float, top: float) -> np.ndarray:
        return np.array([(-half, y, low), (half, y, low), (half * 0.72, y, top), (-half * 0.72, y, top)])

    toe, ball_of_foot, instep = (
        ring(-0.128, 0.024, z, z + 0.018),
        ring(-0.075, 0.043, z, z + 0.036),
        ring(-0.005, 0.034, z, z + 0.068),
    )
    heel_front, heel = ring(-0.002, 0.034, z, high), ring(0.132, 0.03, z, high + 0.012)
    return [
        *(bent(b, a, paint) for a, b in ((toe, ball_of_foot), (ball_of_foot, instep))),
        bent(heel, heel_front, paint),
        box((-0.02, 0.02, high - 0.02), (0.02, 0.11, high + 0.0095), Paint((38, 34, 34))),
    ]


def laptop(rng: np.random.Generator) -> Model:
    """Open, with something on its screen."""
    variant, colour = int(rng.integers(2)), chosen(rng, ("grey", "black", "white", "blue", "red"))
    body = Paint((186, 189, 193)) if colour == "grey" else plain(colour)
    wide, deep, thick = (0.34, 0.24, 0.016) if variant == 0 else (0.3, 0.21, 0.02)
    x, y = wide / 2, deep / 2
    keys = Paint((54, 54, 58)) if colour != "black" else Paint((90, 90, 94))
    meshes = [rounded((-x, -y, 0), (x, y, thick), 0.006, body)]
    for row in range(4):
        low = -0.005 + 0.026 * row
        meshes.append(box((-x + 0.02, low, thick), (x - 0.02, low + 0.02, thick + 0.002), keys))
    meshes.append(box((-0.05, -y + 0.015, thick), (0.05, -0.02, thick + 0.001), darker(body, 0.8)))
    tall = deep * 0.98
    screen = Paint((255, 255, 255), f"screen:{3 + int(rng.integers(3))}", glow=220)
    lid = panel((-x + 0.008, -0.0075, 0.014), (x - 0.008, -0.006, tall - 0.01), DARK, screen)
    back = box((-x, -0.006, 0), (x, 0.0, tall), body)
    lean = math.radians(18)
    c, s = math.cos(lean), math.sin(lean)
    motion = np.array([[1, 0, 0, 0], [0, c, s, y - 0.004], [0, -s, c, thick - 0.002], [0, 0, 0, 1.0]])
    meshes += [mesh.moved(motion) for mesh in (lid, back)]
    noun = ("laptop", "small laptop")[variant]
    return made("laptop", variant, f"{colour} {noun}", meshes, mount="surface")
