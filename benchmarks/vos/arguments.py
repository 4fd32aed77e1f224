"""What the commands of this folder share on their command lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["data_folder", "names"]


def data_folder() -> Path | None:
    """The clips of the data folder, where it is present."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    places = [Path(place) / "clips" for place in (os.environ.get("STREAMMEM_DATA"), beside) if place]
    return next((place for place in places if place.is_dir()), None)


def names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """A parser of comma-separated names, each one of those that are known."""

    def parse(text: str) -> list[str]:
        chosen = [part for part in text.split(",") if part]
        strange = sorted(set(chosen) - set(known))
        if strange or not chosen:
            raise argparse.ArgumentTypeError(f"{strange or 'nothing'}: choose from {', '.join(known)}")
        return list(dict.fromkeys(chosen))

    return parse
