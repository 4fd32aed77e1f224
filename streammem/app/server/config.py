"""The configuration file of a live memory: TOML whose every key is checked, with an error that names it."""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from streammem.app.exits import UsageError
from streammem.app.server.settings import Limits, LiveSettings, Pace, SourceSettings
from streammem.app.terminal import messages
from streammem.budget import parse_bytes
from streammem.errors import BudgetError
from streammem.perception.addresses import scrubbed

__all__ = ["read_config"]

_TEXTS = ("encoder", "device", "host", "token")
_PATHS = ("store", "certificate", "key")
_LISTS = ("names", "alerts")
_TOP = (*_TEXTS, *_PATHS, *_LISTS, "budget", "port", "track", "sources", "webhooks", "limits")
_SOURCE = ("address", "pace", "start")
_INTEGERS = frozenset(
    ("picture_bytes", "pixels", "json_bytes", "message_bytes", "sockets", "connections", "burst")
)


def read_config(path: Path) -> LiveSettings:
    """The settings of a TOML file; paths in it are relative to its folder. docs/live.md shows one.

    Raises:
        UsageError: if it cannot be read, or holds a key or a value that means nothing; it names the key.
    """
    given = _parsed(path)
    try:
        _check_keys(given, _TOP, "")
        return LiveSettings(**_values(given, path.absolute().parent))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            given = tomllib.load(file)
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror}): check --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f'{path} is no TOML ({error}): texts stand in quotes, as in store = "live.zarr"'
        ) from error
    if stat.S_IMODE(mode) & 0o004 and ("token" in given or "://" in str(given.get("sources", ""))):
        messages().print(f"others can read the passwords in {path}: chmod 600 {path}", soft_wrap=True)
    return given


def _values(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = {key: _text(given[key], key) for key in _TEXTS if key in given}
    values |= {key: folder / Path(_text(given[key], key)).expanduser() for key in _PATHS if key in given}
    values |= {key: _texts(given[key], key) for key in _LISTS if key in given}
    if "port" in given:
        values["port"] = _whole(given["port"], "port")
    if "track" in given:
        values["track"] = _flag(given["track"], "track")
    if "budget" in given:
        values["budget"] = _budget(given["budget"])
    if "sources" in given:
        values["sources"] = tuple(
            _source(name, each, folder) for name, each in _table(given["sources"], "sources").items()
        )
    if "webhooks" in given:
        hooks = _table(given["webhooks"], "webhooks")
        values["webhooks"] = {name: _text(url, f"webhooks.{name}") for name, url in hooks.items()}
    if "limits" in given:
        values["limits"] = _limits(_table(given["limits"], "limits"))
    return values


def _source(name: str, given: object, folder: Path) -> SourceSettings:
    """`door = "rtsp://…"`, or a table with an address."""
    where = f"sources.{name}"
    table = {"address": given} if isinstance(given, str) else _table(given, where, or_text=True)
    _check_keys(table, _SOURCE, f"{where}.")
    if "address" not in table:
        raise UsageError(f"{where} has no address: write a camera's number, an address or a file")
    address = _text(table["address"], f"{where}.address")
    pace = cast(Pace, table.get("pace", "real"))
    if pace not in ("real", "fast"):
        raise UsageError(f'{where}.pace is {pace!r}: write "real" or "fast"')
    made = SourceSettings(
        name=name, address=address, pace=pace, start=_flag(table.get("start", True), f"{where}.start")
    )
    if made.kind in ("file", "folder"):
        return SourceSettings(
            name=name, address=str(folder / Path(address).expanduser()), pace=made.pace, start=made.start
        )
    return made


def _limits(given: Mapping[str, Any]) -> Limits:
    names = tuple(each.name for each in fields(Limits))
    _check_keys(given, names, "limits.")
    values: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"limits.{key} is {value!r}: write a number")
        values[key] = _whole(value, f"limits.{key}") if key in _INTEGERS else float(value)
    return Limits(**values)


def _check_keys(given: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
    known = tuple(known)
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"use {', '.join(known)}"
            raise UsageError(f"{prefix}{key} is no setting: {hint}")


def _text(given: object, key: str) -> str:
    if not isinstance(given, str) or not given:
        raise UsageError(f"{key} is {_said(given, key)}: write a text in quotes")
    return given


def _said(given: object, key: str) -> str:
    """A value as an error may repeat it: nothing of tokens and passwords."""
    hidden = key in ("token", "webhooks", "sources") or key.startswith("webhooks.")
    return "something else" if hidden else scrubbed(repr(given))[:100]


def _texts(given: object, key: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise UsageError(f'{key} is {_said(given, key)}: write a list of texts, as in {key} = ["one", "two"]')
    return tuple(_text(each, key) for each in given)


def _whole(given: object, key: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageError(f"{key} is {given!r}: write a whole number")
    return given


def _flag(given: object, key: str) -> bool:
    if not isinstance(given, bool):
        raise UsageError(f"{key} is {given!r}: write true or false")
    return given


def _budget(given: object) -> str | int:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise UsageError(f'budget is {given!r}: write bytes, as in budget = "256MB"')
    try:
        parse_bytes(given)
    except BudgetError as error:
        raise UsageError(f"budget: {error}") from error
    return given


def _table(given: object, key: str, *, or_text: bool = False) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        text = f" or {key} = ADDRESS" if or_text else ""
        raise UsageError(f"{key} is {_said(given, key)}: write a table, [{key}]{text}")
    return given
