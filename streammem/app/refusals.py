"""Why a live memory does not answer, besides what the memory itself has to say (`streammem.errors`).

A client raises these, too, so that a question asked over the network fails as one asked here.
"""

from __future__ import annotations

from streammem import errors

__all__ = [
    "OPENING",
    "BusyError",
    "ForbiddenError",
    "TokenError",
    "TooLargeError",
    "TooManyError",
    "UnknownError",
    "error_named",
]

OPENING = "the memory is still being opened: ask again in a moment"


class BusyError(errors.StreamMemError, TimeoutError):
    """The memory has too much to do to answer."""


class TooManyError(BusyError):
    """Too many requests came from here in a short time."""


class ForbiddenError(errors.StreamMemError, PermissionError):
    """The server does not answer to this name, or not to pages from elsewhere."""


class TokenError(ForbiddenError):
    """Who asks does not know the token."""


class TooLargeError(errors.ObservationError):
    """What was sent has too many bytes."""


class UnknownError(errors.StreamMemError, LookupError):
    """There is nothing of this name or number."""


_OURS = (BusyError, ForbiddenError, TokenError, TooLargeError, TooManyError, UnknownError)
_KINDS: dict[str, type[errors.StreamMemError]] = {
    **{name: getattr(errors, name) for name in errors.__all__},
    **{kind.__name__: kind for kind in _OURS},
}


def error_named(kind: str, text: str, nearest: tuple[str, ...] = ()) -> errors.StreamMemError:
    """The error of this class name, ready to be raised; the root where there is no such class.

    >>> error_named("OrderError", "frame at 3 s follows 4 s")
    OrderError('frame at 3 s follows 4 s')
    """
    if kind == errors.VocabularyError.__name__:
        return errors.VocabularyError(text, nearest=nearest)
    return _KINDS.get(kind, errors.StreamMemError)(text)
