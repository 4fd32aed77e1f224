"""A page of `streammem live` in a browser, driven by what people see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["LivePage"]

LONG_MS = 120_000  # machines are shared: what takes a second at leisure
HOLD = """async () => { globalThis.live = (await import("/page/main.js")).app.state; }"""
DRAWN = "(stream) => live.frame?.stream === stream ? live.frame.seq : null"
MOVES = "([stream, seq]) => live.frame?.stream === stream && live.frame.seq > seq + 5"
PIXELS = """() => {
  const canvas = document.querySelector("#screen");
  const copy = new OffscreenCanvas(32, 18), pen = copy.getContext("2d");
  pen.drawImage(canvas, 0, 0, 32, 18);
  return [...pen.getImageData(0, 0, 32, 18).data];
}"""


class LivePage:
    """Opens the address, notes what goes wrong: errors in the console, exceptions, requests to elsewhere."""

    def __init__(self, context: Any, address: str, shots: Path) -> None:
        self.page = context.new_page()
        self.wrong: list[str] = []
        self.elsewhere: list[str] = []
        self._home, self._shots = urlsplit(address).netloc, shots
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._asked)
        self.page.set_default_timeout(LONG_MS)
        self.page.goto(address)
        self.page.evaluate(HOLD)

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()
        self.page.evaluate(HOLD)

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.wrong.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request: Any) -> None:
        place = urlsplit(request.url)
        if place.scheme not in {"blob", "data"} and place.netloc != self._home:
            self.elsewhere.append(request.url)

    def until(self, condition: str, argument: Any = None) -> None:
        """Wait until a function of the page says true; `live` is the page's state, and it may not be async."""
        self.page.wait_for_function(condition, arg=argument)

    def watches(self, stream: str) -> None:
        """Wait until the stream's picture is drawn and moves: other numbers, other pixels."""
        self.until(f"(stream) => ({DRAWN})(stream) !== null", stream)
        seq, before = self.page.evaluate(DRAWN, stream), self.page.evaluate(PIXELS)
        self.until(MOVES, [stream, seq])
        self.until(f"(before) => !({PIXELS})().every((value, i) => value === before[i])", before)

    def ask(self, text: str) -> None:
        """Ask in words and wait for the answer."""
        self.page.locator("#question").fill(text)
        self.page.locator("#ask .go").click()
        self.answered()

    def answered(self) -> None:
        """Wait until the answers are there."""
        self.page.locator("#answers:not([aria-busy])").wait_for()

    @property
    def cards(self) -> Any:
        """The answers' cards."""
        return self.page.locator("#answers article.answer")

    def headline(self) -> str:
        """What stands over the answers."""
        return str(self.page.locator("#answers h2").inner_text())

    def drag(self, left: float, top: float, right: float, bottom: float) -> None:
        """Drag a box over the picture, in fractions of what it fills."""
        area = self.page.locator("#board").bounding_box()
        mouse = self.page.mouse
        mouse.move(area["x"] + left * area["width"], area["y"] + top * area["height"])
        mouse.down()
        mouse.move(area["x"] + right * area["width"], area["y"] + bottom * area["height"], steps=6)
        mouse.up()
        self.page.locator(".boxbar").wait_for()

    def press(self, name: str, root: str = "body") -> None:
        """Press the button of this name."""
        self.page.locator(root).get_by_role("button", name=name).first.click()

    def follow(self, left: float, top: float, right: float, bottom: float, tries: int = 10) -> None:
        """Follow what is in a box; drawn again, as the page asks for, where that had moved meanwhile."""
        chip = self.page.locator("#follow .chip:not(.pending)")
        for _ in range(tries):
            self.drag(left, top, right, bottom)
            self.press("Follow", ".boxbar")
            self.page.locator("#follow .chip.pending").first.wait_for(state="detached")
            if chip.count():
                return
        raise AssertionError(f"nothing was followed after {tries} boxes: {self.told()}")

    def told(self) -> list[str]:
        """What the page says in passing."""
        return list(self.page.locator("#toasts > *").all_inner_texts())

    def events(self) -> int:
        """How many events the timeline shows as buttons."""
        return int(self.page.locator("#timeline button.clip:visible").count())

    def shot(self, name: str) -> None:
        """A screenshot to look at."""
        self.page.screenshot(path=str(self._shots / f"{name}.png"), full_page=True)

    def is_well(self, allowed: Callable[[str], bool] = lambda _: False) -> None:
        """Nothing went wrong, nothing was asked for elsewhere."""
        wrong = [text for text in self.wrong if not allowed(text)]
        assert not wrong, wrong
        assert not self.elsewhere, self.elsewhere
