"""Make perception/encoders/data/vocabulary.tsv.gz: English words to the ImageNet classes that they cover.

The class ids of ImageNet are offsets of WordNet 3.0 noun synsets, so a class inherits the lemmas of its
synset and of everything above it: "dog" is 118 classes. Irregular plurals follow as "wolves<TAB>=wolf".
Wants the folder of WordNet's data.noun and noun.exc (Debian: wordnet-base).
Run from the root: python scripts/vocabulary.py [FOLDER]
"""

import gzip
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from timm.data import ImageNetInfo

WORDNET = Path("/usr/share/wordnet")
TARGET = Path(__file__).resolve().parents[1] / "perception" / "encoders" / "data" / "vocabulary.tsv.gz"
CLASSES = 1000


class Synset(NamedTuple):
    """One meaning: its words and the more general meanings (pointers @ and @i)."""

    lemmas: tuple[str, ...]
    above: tuple[str, ...]


def parse(text: str) -> dict[str, Synset]:
    """Synsets by offset, from the format of WordNet's wndb(5WN)."""
    synsets = {}
    for line in text.splitlines():
        if line.startswith("  "):  # the licence
            continue
        field = line.split(" | ")[0].split()
        words = int(field[3], 16)
        lemmas = tuple(word.lower().replace("_", " ") for word in field[4 : 4 + 2 * words : 2])
        pointers = field[5 + 2 * words :]
        above = tuple(pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i"))
        synsets[field[0]] = Synset(lemmas, above)
    return synsets


def inherit(synsets: dict[str, Synset], offset: str) -> set[str]:
    """The lemmas of a synset and of all above it."""
    lemmas, waiting = set(), [offset]
    while waiting:
        synset = synsets[waiting.pop()]
        lemmas.update(synset.lemmas)
        waiting.extend(synset.above)
    return lemmas


def spans(ids: list[int]) -> str:
    """Ascending ids as runs: 1-3,7."""
    runs: list[list[int]] = []
    for value in ids:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ",".join(f"{a}-{b}" if b > a else f"{a}" for a, b in runs)


def irregular(text: str, words: set[str]) -> dict[str, str]:
    """Plurals that no rule makes, for the words that we have."""
    pairs = (line.split() for line in text.splitlines() if "_" not in line)
    return {plural: single for plural, single, *_ in pairs if single in words and plural not in words}


def main() -> None:
    """Parse, inherit, write."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else WORDNET
    synsets = parse((folder / "data.noun").read_text(encoding="utf-8"))
    info = ImageNetInfo()
    classes: dict[str, list[int]] = defaultdict(list)
    for index in range(CLASSES):
        for lemma in inherit(synsets, info.index_to_label_name(index).removeprefix("n")):
            classes[lemma].append(index)
    plurals = irregular((folder / "noun.exc").read_text(encoding="utf-8"), set(classes))
    lines = [f"{lemma}\t{spans(classes[lemma])}\n" for lemma in sorted(classes)]
    lines += [f"{plural}\t={plurals[plural]}\n" for plural in sorted(plurals)]
    TARGET.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0))
    print(f"{len(classes)} words, {len(plurals)} plurals, {TARGET.stat().st_size / 1e3:.1f} kB")


if __name__ == "__main__":
    main()
