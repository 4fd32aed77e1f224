"""Streams of observations: one `open_source` for files, folders, cameras, networks, arrays."""

from streammem.perception.sources.opening import open_source
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.source import StreamSource

__all__ = ["SourceOptions", "StreamSource", "open_source"]
