"""How annotations are checked while tests run: by jaxtyping and beartype, where an int serves as a float.

jaxtyping's import hook puts its decorator on every function; that one binds the arguments of each call anew and checks
them twice, which took half of the time of these tests. `once` stands in its place: it checks as much, once, and opens a
scope for the names of axes only where an annotation has axes.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError

check = beartype(conf=BeartypeConf(is_pep484_tower=True, violation_type=TypeCheckError))
_original = jaxtyping.jaxtyped


def install() -> None:
    """Have jaxtyping's import hook decorate with `once`."""
    jaxtyping.jaxtyped = once


def once(fn: Any = None, *, typechecker: Callable[[Any], Any] = check) -> Any:
    """`jaxtyping.jaxtyped` for functions, methods, properties and dataclasses."""
    again = functools.partial(once, typechecker=typechecker)
    if fn is None:
        return again
    if isinstance(fn, classmethod | staticmethod):
        return type(fn)(again(fn.__func__))
    if isinstance(fn, property):
        return property(*(part and again(part) for part in (fn.fget, fn.fset, fn.fdel)))
    if not inspect.isfunction(fn) or inspect.isgeneratorfunction(fn):
        return _original(fn, typechecker=typechecker)
    fn.__annotations__ = _hints(fn)
    checked = typechecker(fn)
    return _scoped(checked) if any(map(has_axes, fn.__annotations__.values())) else checked


def has_axes(hint: Any) -> bool:
    """Is an array with named axes anywhere in an annotation?"""
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        return True
    return any(map(has_axes, hint if isinstance(hint, list) else get_args(hint)))


def _scoped(checked: Callable[..., Any]) -> Callable[..., Any]:
    scope = _original("context")

    @functools.wraps(checked)
    def within(*args: Any, **kwargs: Any) -> Any:
        with scope:
            return checked(*args, **kwargs)

    return within


def _hints(fn: Callable[..., Any]) -> dict[str, Any]:
    """Annotations that were written as text are looked up; what is only there for a type checker may be anything."""
    try:
        return get_type_hints(fn, include_extras=True)
    except (NameError, AttributeError, TypeError):
        return {name: _hint(fn, name) for name in fn.__annotations__}


def _hint(fn: Callable[..., Any], name: str) -> Any:
    def alone() -> None: ...

    alone.__annotations__ = {name: fn.__annotations__[name]}
    try:
        return get_type_hints(alone, fn.__globals__, include_extras=True)[name]
    except (NameError, AttributeError, TypeError):
        return Any
