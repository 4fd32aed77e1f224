"""Options of `streammem live`, and the settings that they and a configuration file make together."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from streammem.app.exits import UsageError
from streammem.app.server.addresses import stream_name
from streammem.app.server.config import read_config
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.errors import SourceNotFoundError

__all__ = ["LiveOptions", "source_of"]

DEFAULT_STORE = Path("live.zarr")
_NAMED = re.compile(r"([\w][\w. -]{0,63})=(.+)")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class LiveOptions:
    """How to run.

    Attributes:
        store: Folder of the memory; made when new, resumed when it is there. live.zarr where left out.
        config: A TOML file with sources, webhooks, names, limits and all that follows; options here come before it.
        budget: Bytes that the memory may take, such as 256MB. A new store gets 256MB, an old one keeps its own.
        encoder: What makes the features: lite, classic, timm:NAME or clip:NAME. A store keeps its encoder.
        device: Where deep features are computed: cpu or cuda.
        no_track: Make a new store that follows no objects.
        pace: Play files as they were filmed (real), or as fast as the memory takes them (fast).
        alert: Words to tell of when they are seen: a line of JSON on standard output, and in the page. May be given
            again.
        host: Address to listen on. 127.0.0.1, this computer alone, where left out; 0.0.0.0 lets the network in.
        port: Port to listen on. 8750 where left out, or the next that is free.
        name: A further name under which browsers reach the page: a name, name:port, or https://name behind a proxy.
            May be given again.
        certificate: PEM file of a certificate: the page is then served over https, which a phone's camera needs.
        key: PEM file of its private key, where it is not in the same file.
        open: Open the page in the browser, even without a terminal.
        no_browser: Never open the browser. Left out, it opens where there is a display and a terminal.
    """

    store: Annotated[Path | None, Parameter(name=("--store", "-s"))] = None
    config: Annotated[Path | None, Parameter(name=("--config", "-c"))] = None
    budget: Annotated[str | None, Parameter(metavar="BYTES")] = None
    encoder: str | None = None
    device: str | None = None
    no_track: bool = False
    pace: Literal["real", "fast"] | None = None
    alert: Annotated[tuple[str, ...], Parameter(metavar="WORDS", consume_multiple=False)] = ()
    host: str | None = None
    port: int | None = None
    name: Annotated[tuple[str, ...], Parameter(metavar="HOST", consume_multiple=False)] = ()
    certificate: Path | None = None
    key: Path | None = None
    open: bool = False
    no_browser: bool = False

    def check(self) -> None:
        """Raises: UsageError: if options contradict each other."""
        if self.open and self.no_browser:
            raise UsageError("--open and --no-browser contradict each other: give one of them")
        if self.port is not None and not 0 <= self.port <= 65_535:
            raise UsageError(f"--port lies between 0 and 65535, got {self.port}")

    @property
    def exact_port(self) -> bool:
        """Whether no other port will do: somebody has written one down."""
        return self.port is not None or self.config is not None

    def settings(self, sources: Sequence[str]) -> LiveSettings:
        """What the options, the sources and the configuration file say together.

        Without any source it is the first camera, where there is one, and the camera of whoever opens the page.

        Raises:
            UsageError: if something in them cannot be used.
            SourceNotFoundError: if a file or folder is not there.
        """
        base = LiveSettings() if self.config is None else read_config(self.config)
        given = {source.name: source for source in base.sources}
        for text in sources:
            made = source_of(text)
            if made.name in given and given[made.name] not in base.sources:
                raise UsageError(
                    f"two streams are called {made.name}: name them, as in {made.name}-2={made.shown}"
                )
            given[made.name] = made
        every = tuple(given.values()) or _cameras()
        if self.pace is not None:
            every = tuple(dataclasses.replace(source, pace=self.pace) for source in every)
        _check_present(every)
        return dataclasses.replace(base, **self._changes(base), sources=every)

    def _changes(self, base: LiveSettings) -> dict[str, Any]:
        changes = {
            name: getattr(self, name)
            for name in ("store", "budget", "encoder", "device", "host", "port", "certificate", "key")
            if getattr(self, name) is not None
        }
        if base.store is None:
            changes.setdefault("store", DEFAULT_STORE)
        if self.no_track:
            changes["track"] = False
        return changes | {"alerts": (*base.alerts, *self.alert), "names": (*base.names, *self.name)}


def source_of(text: str) -> SourceSettings:
    """The source that is written ADDRESS or NAME=ADDRESS.

    >>> source_of("door=rtsp://door/live").name, source_of("0").name, source_of("browser").name
    ('door', 'camera-0', 'browser')

    Raises:
        UsageError: if it is neither.
    """
    named = _NAMED.fullmatch(text)
    if named is None or Path(text).exists():
        return SourceSettings(name=stream_name(text), address=text)
    return SourceSettings(name=named[1], address=named[2])


def _cameras() -> tuple[SourceSettings, ...]:
    """The first camera of this computer, if it has one, and the browser's."""
    numbers = sorted(
        int(place.name[5:]) for place in Path("/dev").glob("video*") if place.name[5:].isdecimal()
    )
    own = [source_of(str(number)) for number in numbers[:1]]
    return (*own, source_of("browser"))


def _check_present(sources: Sequence[SourceSettings]) -> None:
    """A mistyped path should not leave an empty store behind."""
    for source in sources:
        if source.kind == "file" and not Path(source.address).expanduser().exists():
            raise SourceNotFoundError(
                f"there is no file or folder {source.address}: check the path (stream {source.name})"
            )
