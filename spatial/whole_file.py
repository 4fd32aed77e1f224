"""Files that are complete or not there: an older one stays until the new one is."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there in one step.

    Raises:
        OSError: if it cannot be written; what was there before still is.
    """
    half = path.with_name(path.name + ".part")
    try:
        half.write_bytes(content)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
