"""An address as a pattern in the terminal that a phone's camera reads, as nobody types a token on a phone."""

from __future__ import annotations

from rich.console import Console

__all__ = ["pattern", "show_pattern"]

QUIET = 4  # modules of white around it, which readers need
_ENCODED = 2  # of them are there already
# Two rows to a line of the terminal, by which of them is black.
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def pattern(text: str) -> list[str]:
    """The lines of a text's QR code (ISO/IEC 18004), black where a sign is set; for black ink on white."""
    import cv2  # both take a while, and few terminals are asked for it
    import numpy as np

    white = np.asarray(cv2.QRCodeEncoder.create().encode(text)) > 0
    black = ~np.pad(white, QUIET - _ENCODED, constant_values=True)
    if len(black) % 2:
        black = np.pad(black, ((0, 1), (0, 0)))
    return [
        "".join(_BLOCKS[bool(above), bool(below)] for above, below in zip(upper, lower, strict=True))
        for upper, lower in zip(black[::2], black[1::2], strict=True)
    ]


def show_pattern(text: str, out: Console, *, margin: int = 0) -> bool:
    """Print it where it can be read: on a terminal with colours that is wide enough. Whether it was."""
    if not out.is_terminal or out.is_dumb_terminal or out.color_system is None or out.legacy_windows:
        return False
    if not out.encoding.lower().startswith("utf"):
        return False
    lines = pattern(text)
    if margin + len(lines[0]) > out.width:
        return False
    for line in lines:
        out.print(" " * margin, end="")
        out.print(line, style="rgb(0,0,0) on rgb(255,255,255)", soft_wrap=True)
    return True
