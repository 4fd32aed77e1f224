"""Streams of observations: one `open_source` for files, folders, cameras, networks, arrays."""
