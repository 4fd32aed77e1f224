"""The properties files that catalogues list their models in: `key=value` lines in ISO-8859-1 with Java's escapes."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["read_properties"]

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_KEY = re.compile(r"((?:[^\\=:\s]|\\.)*)\s*[=:]?\s*", re.DOTALL)


def read_properties(data: bytes) -> dict[str, str]:
    r"""Keys and values, in the order of the file; the last of equal keys counts.

    The format is that of `java.util.Properties`: a line goes on after a backslash at its end, `#` and `!` start
    comments, a key ends at the first `=`, `:` or space that no backslash protects.

    >>> read_properties(b"# comment\nname#1=Caf\\u00e9 \\\n   table\nheight#1 : 75\n")
    {'name#1': 'Café table', 'height#1': '75'}
    """
    found: dict[str, str] = {}
    for line in _logical_lines(data.decode("iso-8859-1")):
        match = _KEY.match(line)
        assert match is not None  # every part of the pattern may be empty
        found[_plain(match[1])] = _plain(line[match.end() :])
    return found


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments and leading space, joined where a backslash ends them."""
    whole = ""
    for raw in re.split(r"\r\n|\r|\n", text):
        line = raw.lstrip(" \t\f")
        if not whole and (not line or line[0] in "#!"):
            continue
        whole += line
        if (len(whole) - len(whole.rstrip("\\"))) % 2:
            whole = whole[:-1]
            continue
        yield whole
        whole = ""
    if whole:
        yield whole


def _plain(text: str) -> str:
    """A text without its escapes."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if len(m[1]) == 5 else _LETTERS.get(m[1], m[1]), text)
