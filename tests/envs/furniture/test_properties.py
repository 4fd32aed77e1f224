"""Properties as Java writes them."""

import pytest

from streammem.envs.furniture.properties import read_properties


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a=b", {"a": "b"}),
        (b"  a :  b ", {"a": "b "}),
        (b"a b", {"a": "b"}),
        (b"a", {"a": ""}),
        (b"#a=b\n!c=d\n\n", {}),
        (b"a=b\\\r\n   c\n", {"a": "bc"}),
        (b"a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        (b"a\\=b=c\\td", {"a=b": "c\td"}),
        (b"a=caf\xe9\\u20ac", {"a": "caf\u00e9\u20ac"}),
        (b"a=1\na=2", {"a": "2"}),
        (b"a=b\\", {"a": "b"}),
    ],
)
def test_lines_keys_and_escapes(text: bytes, found: dict[str, str]) -> None:
    assert read_properties(text) == found
