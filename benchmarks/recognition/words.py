"""What the categories are called in the words of the encoder."""

from collections.abc import Mapping

__all__ = ["MORE", "TWENTY", "classes_of"]

# Twenty things that most homes have and the vocabulary has a word for, chosen before anything was measured.
TWENTY: Mapping[str, tuple[str, ...]] = {
    "bed": ("bed",),
    "sofa": ("sofa",),
    "chair": ("chair",),
    "table": ("table",),
    "desk": ("desk",),
    "bookshelf": ("bookcase",),
    "fridge": ("refrigerator",),
    "stove": ("stove",),
    "sink": ("washbasin",),
    "toilet": ("toilet seat",),
    "bathtub": ("bathtub",),
    "tv": ("television",),
    "table lamp": ("lamp",),
    "plant": ("flowerpot",),
    "cup": ("cup", "mug"),
    "bottle": ("bottle",),
    "ball": ("ball",),
    "backpack": ("backpack",),
    "shoe": ("shoe",),
    "laptop": ("laptop", "notebook"),
}
# The rest of what can be asked for, reported beside them.
MORE: Mapping[str, tuple[str, ...]] = {
    "wardrobe": ("wardrobe",),
    "bowl": ("bowl",),
    "box": ("box",),
    "cat": ("cat",),
    "dog": ("dog",),
    "bicycle": ("bicycle",),
    "guitar": ("guitar",),
    "piano": ("piano",),
    "washing machine": ("washing machine",),
    "umbrella": ("umbrella",),
    "vase": ("vase", "flowerpot"),
    "teapot": ("teapot", "coffeepot"),
    "toaster": ("toaster",),
    "microwave": ("microwave",),
    "teddy bear": ("teddy",),
    "camera": ("camera",),
    "telephone": ("telephone",),
}


def classes_of(words: tuple[str, ...]) -> frozenset[int]:
    """The classes that any of the words covers."""
    from streammem.perception.encoders.vocabulary import vocabulary

    known = vocabulary()
    return frozenset(number for word in words for number in known[known.lemma(word)])
