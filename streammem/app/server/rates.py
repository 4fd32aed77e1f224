"""How often somebody may ask: a bucket of tokens for each client, and the clients that are remembered."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

__all__ = ["Bucket", "Rates", "address_of"]

_MOST_CLIENTS = 1024


class Bucket:
    """`burst` tokens at most, refilled at `rate_hz`; each request takes one.

    >>> bucket = Bucket(rate_hz=1.0, burst=2, clock=lambda: 0.0)
    >>> [bucket.take() for _ in range(3)]
    [0.0, 0.0, 1.0]
    """

    def __init__(self, *, rate_hz: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_hz, self._burst, self._clock = rate_hz, burst, clock
        self._tokens, self._at_s = float(burst), clock()

    def take(self) -> float:
        """Take a token; 0, or the seconds until there is one, and then none is taken."""
        now_s = self._clock()
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._rate_hz)
        self._at_s = now_s
        if self._tokens < 1 - 1e-9:  # sums of small steps
            return (1 - self._tokens) / self._rate_hz
        self._tokens = max(0.0, self._tokens - 1)
        return 0.0


class Rates:
    """A bucket for each client; of those not heard for longest the buckets are forgotten."""

    def __init__(self, *, rate_hz: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_hz, self._burst, self._clock = rate_hz, burst, clock
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, client: Hashable) -> float:
        """As `Bucket.take`, for one client."""
        bucket = self._buckets.pop(client, None)
        if bucket is None:
            bucket = Bucket(rate_hz=self._rate_hz, burst=self._burst, clock=self._clock)
        self._buckets[client] = bucket
        while len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return bucket.take()

    def __len__(self) -> int:
        return len(self._buckets)


def address_of(client: tuple[str, int] | list[object] | None) -> str:
    """Who a client is: its address; of IPv6 the network that one household has, as it has all of its addresses.

    >>> address_of(("192.168.1.4", 5000)), address_of(("2001:db8:1:2:3::4", 5000)), address_of(None)
    ('192.168.1.4', '2001:db8:1:2::', 'unknown')
    """
    if not client:
        return "unknown"
    try:
        address = ipaddress.ip_address(str(client[0]).partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
