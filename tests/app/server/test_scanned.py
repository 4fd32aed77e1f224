"""The pattern that a phone reads."""

import io

import cv2
import numpy as np
from rich.console import Console

from streammem.app.server.scanned import pattern, show_pattern

ADDRESS = "https://192.168.1.4:8750/#token=yS1qVb0nWq3cQw9QpCk2hC8m0d3u5sX7tGfUeRaLzIo"


def read(lines: list[str]) -> str:
    rows = []
    for line in lines:
        rows += [[sign not in "▀█" for sign in line], [sign not in "▄█" for sign in line]]
    picture = np.kron(np.array(rows, np.uint8) * 255, np.ones((6, 6), np.uint8))
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def test_pattern_says_the_address() -> None:
    assert read(pattern(ADDRESS)) == ADDRESS


def test_it_is_for_terminals_that_show_it_whole() -> None:
    def shown(**options: object) -> str:
        out = io.TextIOWrapper(io.BytesIO(), encoding=str(options.pop("encoding", "utf-8")))
        console = Console(file=out, _environ={}, **{"width": 80, "color_system": "truecolor", **options})  # type: ignore[arg-type]  # by name
        told = show_pattern(ADDRESS, console, margin=11)
        out.flush()
        text = out.buffer.getvalue().decode(out.encoding)  # type: ignore[attr-defined]  # of BytesIO
        assert told is bool(text)
        return text

    assert "\x1b[38;2;0;0;0;48;2;255;255;255m" in shown(force_terminal=True)
    assert not shown(force_terminal=False)
    assert not shown(force_terminal=True, width=40)
    assert not shown(force_terminal=True, color_system=None)
    assert not shown(force_terminal=True, encoding="latin-1")
