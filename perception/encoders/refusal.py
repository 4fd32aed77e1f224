"""Errors for what an encoder does not have: each names an encoder which has it."""

from collections.abc import Iterable

from streammem.errors import SpaceError

__all__ = ["no_space", "no_text"]

_WHO_HAS = {
    "pixel": "'classic'",
    "frame": "'lite', 'timm:NAME' or 'clip:NAME'",
    "patch": "'lite' or 'timm:NAME'",
    "text": "'lite' (3,253 words); 'clip:NAME' with a checkpoint takes any words, in its space 'frame'",
}


def no_space(name: str, space: str, has: Iterable[str]) -> SpaceError:
    """The error for a space that the encoder `name`, which `has` others, does not fill."""
    who = _WHO_HAS.get(space)
    remedy = f"{space!r} comes from {who}" if who else f"known spaces are {', '.join(map(repr, _WHO_HAS))}"
    return SpaceError(
        f"encoder {name!r} has no space {space!r}, it has {', '.join(map(repr, has))}: {remedy}"
    )


def no_text(name: str, text: str) -> SpaceError:
    """The error for words put to an encoder of pictures alone."""
    return SpaceError(
        f"encoder {name!r} cannot look for the words {text!r}: text comes from {_WHO_HAS['text']}"
    )
