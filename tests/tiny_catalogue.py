"""A furniture catalogue of a few kilobytes, written by the tests: a table, a soccer ball, a broken cup."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

BOX = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
FACES = ((1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4))


def box_obj(*boxes: tuple[tuple[float, ...], tuple[float, ...]], material: str = "red") -> str:
    """Boxes between two corners as an OBJ, y up, with texture coordinates."""
    lines = ["mtllib thing.mtl", f"usemtl {material}", "vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1"]
    for number, (low, high) in enumerate(boxes):
        for corner in BOX:
            place = (a + c * (b - a) for a, b, c in zip(low, high, corner, strict=True))
            lines.append("v " + " ".join(f"{value:.6f}" for value in place))
        for face in FACES:
            lines.append("f " + " ".join(f"{8 * number + v}/{i + 1}" for i, v in enumerate(face)))
    return "\n".join(lines) + "\n"


MTL = """newmtl red
Kd 1 0 0
newmtl glass
Kd 0 0 0
d 0.3
newmtl wood
Kd 0 0 0
map_Kd wood.png
newmtl lost
Kd 0 0 0
map_Kd nowhere.png
"""
TABLE = box_obj(((0, 7, 0), (10, 8, 6)), *(((x, 0, z), (x + 1, 7, z + 1)) for x in (0, 9) for z in (0, 5)))
LIST = r"""# a catalogue
id=tests
license=CC0
name#1=Table
category#1=Living room
model#1=/tiny/table/thing.obj
width#1=120
depth#1=80
height#1=75
movable#1=true
doorOrWindow#1=false
creator#1=Ren\u00e9e
name#2=Soccer ball
category#2=Misc
model#2=/tiny/ball/thing.obj
width#2=22
depth#2=22
height#2=22
dropOnTopElevation#2=-1
name#3=Cup
model#3=/tiny/cup/thing.obj
width#3=8
depth#3=8
height#3=9
name#4=Bed
model#4=/tiny/nowhere.obj
width#4=100
depth#4=200
height#4=50
name#5=Sofa
model#5=/tiny/ball/thing.obj
width#5=nan
depth#5=80
height#5=80
"""


def picture(colour: tuple[int, ...] = (200, 150, 90)) -> bytes:
    """A PNG: the upper half in a colour, the lower black."""
    pixels = np.zeros((64, 32, len(colour)), np.uint8)
    pixels[:32] = colour
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "png")
    return data.getvalue()


def write_catalogue(path: Path, **more: str | bytes) -> Path:
    """The catalogue as a zip; `more` adds or replaces members (name with __ for / and _dot_ for .)."""
    members: dict[str, str | bytes] = {
        "PluginFurnitureCatalog.properties": LIST,
        "tiny/table/thing.obj": TABLE,
        "tiny/table/thing.mtl": MTL,
        "tiny/table/wood.png": picture(),
        "tiny/ball/thing.obj": box_obj(((0, 0, 0), (1, 1, 1))),
        "tiny/ball/thing.mtl": MTL,
        "tiny/cup/thing.obj": "v 0 0 zero\nf 1 2 3\n",
    }
    for name, data in more.items():
        members[name.replace("__", "/").replace("_dot_", ".")] = data
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path
