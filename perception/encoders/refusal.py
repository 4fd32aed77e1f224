"""Errors for what an encoder does not have: each names an encoder which has it."""

from streammem.errors import SpaceError
from streammem.interface import Encoder, SpaceSpec

__all__ = ["no_text", "require_space"]

_WHO_HAS = {
    "pixel": "'classic'",
    "frame": "'lite', 'timm:NAME' or 'clip:NAME'",
    "patch": "'lite' or 'timm:NAME'",
    "text": "'lite' (3,253 words); 'clip:NAME' with a checkpoint takes any words, in its space 'frame'",
}


def require_space(encoder: Encoder, space: str) -> SpaceSpec:
    """The shape of a space of an encoder.

    Raises:
        SpaceError: if the encoder does not fill it; names an encoder that does.
    """
    if space in encoder.spaces:
        return encoder.spaces[space]
    who = _WHO_HAS.get(space)
    remedy = f"{space!r} comes from {who}" if who else f"known spaces are {', '.join(map(repr, _WHO_HAS))}"
    has = ", ".join(map(repr, encoder.spaces))
    raise SpaceError(f"encoder {encoder.name!r} has no space {space!r}, it has {has}: {remedy}")


def no_text(name: str, text: str) -> SpaceError:
    """The error for words put to an encoder of pictures alone."""
    return SpaceError(
        f"encoder {name!r} cannot look for the words {text!r}: text comes from {_WHO_HAS['text']}"
    )
