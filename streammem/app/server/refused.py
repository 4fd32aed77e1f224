"""What was refused, said once a minute: whoever runs a server hears of an attack, and the attack fills no log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

__all__ = ["Refused"]

EACH_S = 60.0

logger = logging.getLogger(__name__)


class Refused:
    """Counts refusals; says the first at once, then how many more there were, at most once a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count, self._said_s = 0, -EACH_S

    def count(self, client: str, status: int) -> None:
        """One more; what the client wrote is not repeated.

        Args:
            client: its address.
            status: of the answer.
        """
        self._count += 1
        now_s = self._clock()
        if now_s - self._said_s < EACH_S:
            return
        requests = "a request" if self._count == 1 else f"{self._count} requests"
        logger.warning(
            "refused %s, the last from %s (%d): docs/security.md says who may ask", requests, client, status
        )
        self._count, self._said_s = 0, now_s
