"""Which entries of a catalogue serve as which of our categories, by what they are called and how large they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streammem.envs.apartment.categories import CATEGORIES, Category
from streammem.envs.apartment.model import Mount
from streammem.envs.furniture.catalogue import Entry

__all__ = ["EXTRAS", "KINDS", "Kind", "kind_fits", "mount_of"]

Span = tuple[float, float]
ANY: Span = (0.0, 100.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What an entry must be like; metres.

    Attributes:
        names: a pattern for the whole name, in small letters.
        width_m, depth_m, height_m: from and to.
        triangles: about how many its models keep.
        supports: things can be put on it.
        foliage: it may have leaves.
        stand: a pattern for the name of what it is put on; without such an entry it does not serve.
    """

    names: str
    width_m: Span = ANY
    depth_m: Span = ANY
    height_m: Span = ANY
    triangles: int = 500
    supports: bool = False
    foliage: bool = False
    stand: str = ""


EXTRAS: Mapping[str, Category] = {
    category.name: category
    for category in (
        Category(name="cat", rooms=("living room", "bedroom", "hall")),
        Category(name="dog", rooms=("living room", "hall", "study")),
        Category(name="bicycle", rooms=("hall", "study")),
        Category(name="guitar", rooms=("living room", "study", "bedroom")),
        Category(name="piano", rooms=("living room",)),
        Category(name="washing machine", rooms=("bathroom", "kitchen")),
        Category(name="suitcase", rooms=("bedroom", "hall"), movable=True),
        Category(name="umbrella", rooms=("hall",), movable=True),
        Category(name="trash can", rooms=("kitchen", "study", "bathroom"), movable=True),
        Category(name="vase", rooms=("living room", "bedroom", "hall"), mount="surface", movable=True),
        Category(name="teapot", rooms=("kitchen", "living room"), mount="surface", movable=True),
        Category(name="toaster", rooms=("kitchen",), mount="surface", movable=True),
        Category(name="microwave", rooms=("kitchen",), mount="surface", movable=True),
        Category(name="coffee maker", rooms=("kitchen",), mount="surface", movable=True),
        Category(name="teddy bear", rooms=("bedroom",), mount="surface", movable=True),
        Category(name="camera", rooms=("study", "living room"), mount="surface", movable=True),
        Category(name="telephone", rooms=("hall", "study"), mount="surface", movable=True),
        Category(name="radio", rooms=("kitchen", "study"), mount="surface", movable=True),
        Category(name="candle", rooms=("living room", "bedroom"), mount="surface", movable=True),
        Category(name="sunglasses", rooms=("bedroom", "hall"), mount="surface", movable=True),
        Category(name="hat", rooms=("bedroom", "hall"), mount="surface", movable=True),
        Category(name="computer", rooms=("study",), mount="surface", movable=True),
        Category(name="handbag", rooms=("bedroom", "hall"), mount="surface", movable=True),
    )
}

# Rugs and pictures are better procedural; so is what opens or fills a wall: doors, windows, cabinets, counters.
KINDS: Mapping[str, Kind] = {
    "bed": Kind(
        names=r"(iron |captain's )?bed",
        width_m=(0.85, 2.1), depth_m=(1.9, 2.3), height_m=(0.3, 1.3), triangles=900, supports=True,
    ),
    "sofa": Kind(
        names=r"((leather|burlap|clear|futon|winchester|rattan) )?(sofa|couch)( \d seats)?",
        width_m=(1.2, 2.35), depth_m=(0.6, 1.05), triangles=900, supports=True,
    ),
    "armchair": Kind(names=r"((modern|winchester|rattan) )?armchair", width_m=(0.5, 1.15), depth_m=(0.5, 1.0), triangles=700),
    "chair": Kind(
        names=r"((oak|osaka|plastic|folding) )?chair( with cushion)?",
        width_m=(0.36, 0.7), depth_m=(0.36, 0.75), height_m=(0.7, 1.2), triangles=600,
    ),
    "stool": Kind(names=r"((kitchen|bar) )?stool", width_m=(0.25, 0.6), height_m=(0.4, 1.15), triangles=500, supports=True),
    "table": Kind(
        names=r"((oak|round|glass|black|white|wooden|folding|dining|wooden \w+) )?table( on trestles)?",
        width_m=(0.7, 1.95), depth_m=(0.6, 1.25), height_m=(0.65, 0.95), triangles=500, supports=True,
    ),
    "desk": Kind(
        names=r"(wooden )?desk( table)?", width_m=(0.9, 1.95), depth_m=(0.5, 0.9), height_m=(0.65, 1.2), triangles=600, supports=True,
    ),
    "coffee table": Kind(
        names=r"((coffee|rattan) )?table", width_m=(0.6, 1.5), depth_m=(0.4, 0.85), height_m=(0.3, 0.6), triangles=400, supports=True,
    ),
    "nightstand": Kind(names=r"bedside table|nightstand|night table", width_m=(0.3, 0.7), height_m=(0.3, 0.8), triangles=300, supports=True),
    "wardrobe": Kind(names=r"wardrobe|closet", width_m=(0.7, 1.8), depth_m=(0.4, 0.8), height_m=(1.5, 2.4), triangles=300),
    "bookshelf": Kind(
        names=r"((full|vertical) )?(bookcase|bookshelf|shelves)",
        width_m=(0.4, 1.7), depth_m=(0.2, 0.55), height_m=(0.7, 2.3), triangles=700, supports=True,
    ),
    "fridge": Kind(names=r"(large )?(fridge|refrigerator)", width_m=(0.5, 1.0), height_m=(1.0, 2.1), triangles=500),
    "stove": Kind(names=r"(large )?stove|double oven|oven", width_m=(0.5, 1.1), height_m=(0.75, 1.2), triangles=600),
    "sink": Kind(names=r"washbasin|vanity|small lavatory", width_m=(0.4, 1.1), height_m=(0.3, 1.2), triangles=600),
    "kitchen sink": Kind(names=r"(kitchen )?sink", width_m=(0.6, 1.2), depth_m=(0.45, 0.7), height_m=(0.8, 1.4), triangles=600, supports=True),
    "toilet": Kind(names=r"toilets?( unit)?|wc", width_m=(0.3, 0.6), height_m=(0.4, 1.1), triangles=600),
    "bathtub": Kind(names=r"bath|(island )?bath(tub)?", width_m=(1.3, 1.9), depth_m=(0.6, 1.0), triangles=600),
    "tv": Kind(names=r"tv( 16:9)?|television", width_m=(0.4, 1.3), height_m=(0.3, 0.9), triangles=400, stand=r"tv stand|television stand"),
    "lamp": Kind(names=r"(floor |standing )?lamp|floor uplighter", width_m=(0.2, 0.7), height_m=(1.2, 2.0), triangles=400),
    "plant": Kind(
        names=r"(decorative |indoor )?plant|ficus|yucca|spathiphyllum|bamboo|palm",
        width_m=(0.2, 1.1), depth_m=(0.2, 1.1), height_m=(0.45, 2.0), triangles=1200, foliage=True,
    ),
    "table lamp": Kind(names=r"((desk|little|table|pedestal vase) )?lamp", width_m=(0.1, 0.5), height_m=(0.25, 0.85), triangles=350),
    "ceiling lamp": Kind(names=r"((hanging|pendant|ceiling) )?(light|lamp)", width_m=(0.1, 0.9), height_m=(0.04, 0.7), triangles=350),
    "clock": Kind(names=r"((cuckoo|wall) )?clock", width_m=(0.15, 0.6), height_m=(0.15, 1.0), triangles=500),
    "cup": Kind(names=r"((coffee|tea) )?(cup|mug)", width_m=(0.05, 0.16), height_m=(0.04, 0.16), triangles=300),
    "bottle": Kind(names=r"((wine|beer|yogurt|oil) )?bottle", width_m=(0.03, 0.16), height_m=(0.12, 0.4), triangles=250),
    "bowl": Kind(names=r"bowl( with (fruits|salad))?", width_m=(0.1, 0.42), height_m=(0.04, 0.25), triangles=350),
    "box": Kind(names=r"(open )?(cardboard )?box|crate", width_m=(0.1, 0.65), depth_m=(0.1, 0.65), height_m=(0.1, 0.65), triangles=150),
    "ball": Kind(names=r"((soccer|basket|tennis) ?)?(ball|football)|basketball", width_m=(0.05, 0.4), triangles=350),
    "book": Kind(names=r"books?", width_m=(0.1, 0.4), height_m=(0.005, 0.2), triangles=150),
    "backpack": Kind(names=r"backpack|rucksack", width_m=(0.2, 0.6), triangles=600),
    "shoe": Kind(names=r"sneakers|(woman )?shoes?|mocassin|bootie|slippers", width_m=(0.08, 0.4), depth_m=(0.15, 0.4), triangles=450),
    "laptop": Kind(names=r"laptop|apple (i|mac)book|notebook", width_m=(0.2, 0.5), height_m=(0.1, 0.4), triangles=600),
    "cat": Kind(names=r"((siamese) )?cat", height_m=(0.2, 0.7), triangles=700),
    "dog": Kind(names=r"bulldog|dog", height_m=(0.2, 1.0), triangles=700),
    "bicycle": Kind(names=r"bicycle|bike", height_m=(0.6, 1.4), triangles=1000),
    "guitar": Kind(names=r"(electric |acoustic )?guitar", height_m=(0.8, 1.4), triangles=800),
    "piano": Kind(names=r"upright piano|piano", width_m=(1.0, 1.7), depth_m=(0.4, 0.8), triangles=700),
    "washing machine": Kind(names=r"(clothes )?washing machine|dryer machine", width_m=(0.4, 0.8), triangles=400, supports=True),
    "suitcase": Kind(names=r"suitcase|briefcase", height_m=(0.2, 0.9), triangles=400),
    "umbrella": Kind(names=r"umbrella", width_m=(0.05, 0.6), height_m=(0.5, 1.2), triangles=500),
    "trash can": Kind(names=r"dustbin|recycling bin|(bullet )?trash can", height_m=(0.2, 0.9), triangles=350),
    "vase": Kind(names=r"vase|old jar|flowers|orchids|tulips|white lily", width_m=(0.1, 0.5), height_m=(0.15, 0.65), triangles=600, foliage=True),
    "teapot": Kind(names=r"teapot|espresso kettle|kettle", height_m=(0.1, 0.35), triangles=500),
    "toaster": Kind(names=r"toaster", triangles=350),
    "microwave": Kind(names=r"microwave( oven)?", triangles=350),
    "coffee maker": Kind(names=r"coffee (maker|brewer|press|machine)", width_m=(0.1, 0.45), triangles=500),
    "teddy bear": Kind(names=r"teddy( bear)?", triangles=600),
    "camera": Kind(names=r"(reflex )?camera", triangles=500),
    "telephone": Kind(names=r"(wireless )?(tele)?phone", width_m=(0.08, 0.3), triangles=350),
    "radio": Kind(names=r"radio", triangles=400),
    "candle": Kind(names=r"candle", height_m=(0.08, 0.5), triangles=300),
    "sunglasses": Kind(names=r"(sun)?glasses", height_m=(0.02, 0.08), triangles=400),
    "hat": Kind(names=r"hat|cap|helmet", width_m=(0.15, 0.5), triangles=450),
    "computer": Kind(names=r"apple imac( \d+)?|(desktop )?computer|monitor", width_m=(0.3, 0.7), triangles=450),
    "handbag": Kind(names=r"handbag|purse", triangles=450),
}  # fmt: skip

# Entries of known catalogues whose look or shape does not serve, by folder and file.
EXCLUDED = frozenset(
    {
        "blendswap-cc-0/armchair",  # a chair
        "blendswap-cc-0/foldingChair",  # a camping stool
        "blendswap-cc-0/cuckooClock",  # its parts are apart
        "blendswap-cc-0/riggedFan",  # too fine a grille
        "blendswap-cc-0/tableFan",  # the same
        "blendswap-cc-0/winchesterArmchair",  # too many buttons
        "blendswap-cc-0/crate",  # too many boards
        "blendswap-cc-0/dustbin",  # a net
        "blendswap-cc-0/orchids",  # too fine stalks
        "blendswap-cc-by/white_lily",
        "scopia/saloon_lamp",  # too fine wires
        "scopia/glasses",
        "scopia/complements2",  # more glass than candle
        "scopia/rattanArmchair",  # black and white noise
        "scopia/rattanSofa",
        "scopia/rattanTable",
        "scopia/table3",  # its umbrella is missing, its top is a rim
    }
)


def mount_of(category: str) -> Mount:
    """What a thing of a category stands on or hangs from."""
    return (CATEGORIES.get(category) or EXTRAS[category]).mount


def kind_fits(category: str, entry: Entry) -> bool:
    """Whether an entry may serve as a category."""
    kind = KINDS[category]
    if entry.door_or_window or entry.path in EXCLUDED or not re.fullmatch(kind.names, entry.name.lower()):
        return False
    spans = (
        (entry.width_m, kind.width_m),
        (entry.depth_m, kind.depth_m),
        (entry.height_m, kind.height_m),
    )
    if not all(low <= size <= high for size, (low, high) in spans):
        return False
    if mount_of(category) == "ceiling":
        return entry.elevation_m > 1.2
    return mount_of(category) == "wall" or entry.elevation_m == 0.0
