"""Words that ImageNet's classes span through WordNet: "dog" is 118 of them, "furniture" 22, "cup" 1."""

import gzip
import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from streammem.errors import VocabularyError

__all__ = ["Vocabulary", "vocabulary"]

_ARTICLE = re.compile(r"^(a|an|the|some)\s+")
_SUFFIXES = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man"), ("es", ""), ("s", ""))


class Vocabulary:
    """Looks words up whatever their case, hyphens, spaces, article and number.

    >>> words = vocabulary()
    >>> len(words), len(words["dog"]), words.lemma("Street-Cars"), words.lemma("a studio couch")
    (3253, 118, 'streetcar', 'studio couch')
    """

    def __init__(self, table: str) -> None:
        self._classes: dict[str, tuple[int, ...]] = {}
        self._lemma_of_key: dict[str, str] = {}
        plurals: dict[str, str] = {}
        for line in table.splitlines():
            word, _, value = line.partition("\t")
            if value.startswith("="):
                plurals[word] = value[1:]
            else:
                self._classes[word] = tuple(_spans(value))
                self._lemma_of_key.setdefault(_key(word), word)
        for plural, single in plurals.items():
            self._lemma_of_key.setdefault(_key(plural), single)

    def __len__(self) -> int:
        return len(self._classes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __getitem__(self, lemma: str) -> tuple[int, ...]:
        """The classes of a word exactly as the table writes it."""
        return self._classes[lemma]

    def lemma(self, text: str) -> str:
        """The word of the table that a text means.

        Raises:
            VocabularyError: if there is none; its `nearest` are the closest words that there are.
        """
        plain = _ARTICLE.sub("", text.strip().lower())
        key = _key(plain)
        singulars = (key[: -len(end)] + instead for end, instead in _SUFFIXES if key.endswith(end))
        for candidate in (key, *singulars):
            if candidate in self._lemma_of_key:
                return self._lemma_of_key[candidate]
        nearest = self.nearest(plain)
        maybe = f"the nearest are {', '.join(map(repr, nearest))}" if nearest else "nothing in it is near"
        raise VocabularyError(
            f"the encoder does not know {text!r}: of its {len(self)} words {maybe}. For any words at all, use an "
            "image-text tower from your own checkpoint: open_encoder('clip:ViT-B-32@weights.safetensors')",
            nearest=nearest,
        )

    def nearest(self, text: str, *, most: int = 5) -> tuple[str, ...]:
        """Words of the table inside the text, then those that begin alike, then those spelt alike."""
        inside = [self._lemma_of_key[_key(part)] for part in text.split() if _key(part) in self._lemma_of_key]
        key = _key(text)
        begin = sorted((w for w in self._classes if len(key) > 2 and _key(w).startswith(key)), key=len)
        alike = get_close_matches(text.lower(), self._classes, n=most, cutoff=0.6)
        return tuple(dict.fromkeys((*inside, *begin[:3], *alike)))[:most]


@cache
def vocabulary() -> Vocabulary:
    """The table that is shipped (scripts/vocabulary.py makes it)."""
    blob = files("streammem.perception.encoders").joinpath("data", "vocabulary.tsv.gz").read_bytes()
    return Vocabulary(gzip.decompress(blob).decode())


def _key(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in bare if letter.isalnum())


def _spans(text: str) -> Iterator[int]:
    for span in text.split(","):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
