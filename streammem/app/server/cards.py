"""Answers of the memory as a browser wants them: how long ago, and addresses of pictures."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from streammem.app.records import Record

__all__ = ["Addresses"]


class Addresses:
    """Puts addresses in the place of snapshots' numbers.

    `edition` stands in every address that a browser may keep the picture of. It is another one after each restart,
    of the server or of the memory's process: what was not committed is lost then, and its numbers are given anew.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """From now on numbers may mean other pictures."""
        self.edition = secrets.token_hex(4)

    def snapshot(self, id: int | None) -> str | None:
        """Where a snapshot is; it never changes there."""
        return None if id is None else f"/api/snapshots/{id}-{self.edition}.jpg"

    def card(
        self,
        card: Mapping[str, Any],
        streams: Mapping[str, Mapping[str, Any]],
        *,
        now_unix_s: float | None = None,
    ) -> Record:
        """A card with `ago_s`, `origin_unix_s` and the address of its picture.

        `ago_s` is the time since the end of its last occurrence: by the wall where the stream's clock is the wall's,
        else by where the stream stands. `streams` are the streams' states by name.
        """
        state = streams.get(card["stream"], {})
        origin, stands = state.get("origin_unix_s"), state.get("t_s")
        if origin is not None:
            stands = (time.time() if now_unix_s is None else now_unix_s) - origin
        ends = [span[1] for span in card.get("occurrences", []) if span[1] is not None]
        last = max([*ends, card["t_s"]])
        return {
            **card,
            "ago_s": None if stands is None else round(max(0.0, stands - last), 3),
            "origin_unix_s": origin,
            "picture": self.snapshot(card.get("picture")),
        }

    def rule(self, rule: Mapping[str, Any]) -> Record:
        """A rule without the bytes of its example, but with its address."""
        card = {key: value for key, value in rule.items() if key not in ("example", "fired_s")}
        return {**card, "picture": f"/api/alerts/{rule['id']}.jpg" if rule.get("example") else None}

    def alert(self, alert: Mapping[str, Any]) -> Record:
        """An alert with the address of its picture."""
        return {**alert, "picture": self.snapshot(alert.get("snapshot"))}
