"""Annotations are checked while tests run: kinds, shapes, axes that must agree, results, dataclasses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from jaxtyping import Float, TypeCheckError
from shapecheck import has_axes, once

from streammem.poses import inverse

if TYPE_CHECKING:
    from nowhere import Unknown

Lines = Float[np.ndarray, "n d"]
Line = Float[np.ndarray, "d"]
Products = Float[np.ndarray, "n"]


@once
def product(a: Lines, b: list[Line], flaw: float = 0) -> Products:
    return a @ b[0] if not flaw else (a @ b[0])[1:]


@once
def plain(count: int, other: Unknown = None) -> str:
    return "x" * count if count else 0  # type: ignore[return-value]  # what the check is for


@once
def steps(count: int) -> Iterator[int]:
    yield from range(count)


@once
@dataclass(frozen=True, slots=True)
class Held:
    name: str
    lines: Lines | None = None

    @once
    def renamed(self, name: str) -> Held:
        return Held(name, self.lines)

    @classmethod
    @once
    def named(cls, name: str) -> Held:
        return cls(name)


LINES, LINE = np.ones((2, 3)), np.ones(3)


def test_what_fits_passes() -> None:
    assert product(LINES, [LINE]).tolist() == [3, 3]
    assert plain(2, other=object()) == "xx" and list(steps(2)) == [0, 1]
    assert Held("a", LINES).renamed("b").name == Held.named("b").name == "b"
    assert product(np.ones((5, 1)), [np.ones(1)]).shape == (5,)  # another call, other sizes


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: product(LINES, [np.ones(2)]),
        lambda: product(LINE, [LINE]),
        lambda: product(LINES.astype(int), [LINE]),
        lambda: product(LINES, [LINE], 1),
        lambda: product(LINES, [LINE], "0"),  # type: ignore[arg-type]  # what the check is for
        lambda: plain("2"),  # type: ignore[arg-type]  # as above
        lambda: plain(0),
        lambda: steps("2"),  # type: ignore[arg-type]  # as above
        lambda: Held("a", LINE),
        lambda: Held(1),  # type: ignore[arg-type]  # as above
        lambda: Held("a").renamed(1),  # type: ignore[arg-type]  # as above
        lambda: Held.named(1),  # type: ignore[arg-type]  # as above
    ],
)
def test_what_does_not_is_an_error(wrong: Any) -> None:
    with pytest.raises(TypeCheckError):
        wrong()


def test_the_library_is_under_it() -> None:
    with pytest.raises(TypeCheckError):
        inverse(np.eye(3))


@pytest.mark.parametrize(
    ("hint", "axes"),
    [(int, False), (Lines, True), (list[Lines] | None, True), (dict[str, tuple[int, ...]], False)],
)
def test_axes_are_found_wherever_they_stand(hint: Any, axes: bool) -> None:
    assert has_axes(hint) is axes
